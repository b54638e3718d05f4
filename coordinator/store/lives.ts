import type Database from 'libsql';

/** What one life of a coordinator took, up to its last commit or its end. */
export interface Life {
  readonly incarnation: number;
  readonly seconds: number;
  /** Bytes over all connections. */
  readonly sent: number;
  readonly received: number;
  /** Seconds by phase of a round. */
  readonly phases: Readonly<Record<string, number>>;
}

/** What several lives took together. */
export type Past = Omit<Life, 'incarnation'>;

export function sumOf(lives: readonly Life[]): Past {
  const phases: Record<string, number> = {};
  let [seconds, sent, received] = [0, 0, 0];
  for (const life of lives) {
    seconds += life.seconds;
    sent += life.sent;
    received += life.received;
    for (const [name, value] of Object.entries(life.phases)) phases[name] = (phases[name] ?? 0) + value;
  }
  return { seconds, sent, received, phases };
}

export function writeLife(database: Database.Database, life: Life): void {
  const { incarnation, seconds, sent, received, phases } = life;
  database
    .prepare(
      'INSERT OR REPLACE INTO lives (incarnation, seconds, sent, received, phases) VALUES (?, ?, ?, ?, ?)',
    )
    .run([incarnation, seconds, sent, received, JSON.stringify(phases)]);
}

/** Oldest first; none where an older version wrote the store. */
export function readLives(database: Database.Database): Life[] {
  const { count } = database
    .prepare("SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'lives'")
    .get([]) as { count: number };
  if (count === 0) return [];
  const rows = database.prepare('SELECT * FROM lives ORDER BY incarnation').all([]) as Record<
    string,
    string | number
  >[];
  return rows.map((row) => ({
    incarnation: Number(row['incarnation']),
    seconds: Number(row['seconds']),
    sent: Number(row['sent']),
    received: Number(row['received']),
    phases: JSON.parse(String(row['phases'])) as Record<string, number>,
  }));
}
