import { counted } from '../../shared/protocol/counted-channel.ts';
import { dialPage } from '../../shared/protocol/page-channel.ts';
import { PACKAGE } from '../../shared/text/command.ts';
import { Member } from '../member.ts';
import type { Answer } from '../participant/asked.ts';
import { type AskedWords, type Asking, askedWords } from './asked-words.ts';
import { assetsFolder } from './assets.ts';
import { PageClock } from './clock/page-clock.ts';
import type { OwnData } from './data/messages.ts';
import { PageOwnRows, type Wanted } from './data/own-rows.ts';
import { PageRows } from './data/page-rows.ts';
import { Participation } from './participation.ts';
import { type Remembered, RunMemory } from './storage/run-memory.ts';
import { statesIn } from './storage/states-in-page.ts';
import { startPageTrainer, type TrainerChoice } from './trainer/start.ts';

export interface ParticipateOptions extends Partial<TrainerChoice> {
  /** Address of the coordinator's WebSocket port: `https://HOST:PORT`, or `wss://…`; a page of its own need not say it. */
  readonly join?: string | URL;
  readonly token: string;
  /** A CSV file, or examples; or asked for once it is known what the run wants. They stay in this browser. */
  readonly data: OwnData | Blob | ((wanted: Wanted) => OwnData | Promise<OwnData>);
  /** Shows what is asked, and says whether the person agrees. */
  readonly consent: (asked: AskedWords) => boolean | Promise<boolean>;
  /** SHA-256 of the coordinator's certificate, to be shown: the browser itself checks who it is. */
  readonly fingerprint?: string | undefined;
  /** How the coordinator calls this participant. */
  readonly name?: string;
  /** Whether a hidden page goes on. Default: it does. */
  readonly whenHidden?: 'go-on' | 'pause';
  /** Whether a reload goes on where it was, with rows and consent kept in this browser. Default: yes. */
  readonly remember?: boolean;
  /** URL of the folder with the library's workers and ONNX Runtime's files; by default where this module came from. */
  readonly assets?: string | URL;
}

/**
 * Takes part in a training run with rows that stay in this page: the same member as in Node, with its trainer in a Web Worker.
 *
 * @throws EngineError when nothing here can compute
 */
export async function participate(options: ParticipateOptions): Promise<Participation> {
  const assets = assetsFolder(options.assets);
  const address = sessionUrl(options.join ?? new URL('..', assets));
  const memory = await RunMemory.open(address, options.token);
  const kept = options.remember === false ? undefined : await memory.load();
  const rows = kept && (await memory.loadRows());
  const { trainer, info } = await startPageTrainer(
    { engine: options.engine ?? 'auto', threads: options.threads },
    assets,
  );
  const clock = new PageClock(assets);
  const participation = new Participation({
    memory: options.remember === false ? undefined : memory,
    kept,
    engine: info,
    assets,
    whenHidden: options.whenHidden ?? 'go-on',
    closed: () => clock.close(),
  });
  const name = options.name ?? browserName();
  const { host, protocol } = new URL(address);
  const encrypted = protocol === 'wss:';
  const asking: Asking = {
    address: host,
    encrypted,
    fingerprint: encrypted ? options.fingerprint : undefined,
    name,
  };
  const member = new Member(
    {
      trainer,
      engine: info,
      rows: new PageRows(trainer),
      clock,
      forLargerModels: `A page takes no more: take part with ${PACKAGE} participate, and --max-model`,
      ...(options.remember !== false && { states: statesIn(memory.database) }),
    },
    {
      dial: async () => participation.counting(counted(await dialPage(address))),
      token: options.token,
      name,
      takeModel: () => participation.readyToTry(),
      own: new PageOwnRows({
        assets,
        asking,
        choose: chooser(options.data),
        kept: rows,
        wants: (wanted) => {
          participation.wanted = wanted;
        },
        taken: (taken) => participation.rememberRows(taken),
      }),
      consent: async (asked) => {
        const agreed = JSON.stringify(asked.welcome.blobs);
        return (
          (await agree(options, askedWords(asked, asking, asked.rows), kept, agreed, participation)) ||
          NOT_AGREED
        );
      },
      ...(kept && { resumeToken: kept.resumeToken }),
    },
  );
  participation.follow(member);
  return participation;
}

const NOT_AGREED: Answer = { refuse: 'the person did not agree' };

/** Asked once for the same model, recipe and form of rows: a reload does not ask again. */
async function agree(
  { consent }: ParticipateOptions,
  words: AskedWords,
  kept: Remembered | undefined,
  agreed: string,
  participation: Participation,
): Promise<boolean> {
  if (kept?.agreed !== agreed && !(await consent(words))) return false;
  participation.remember({ agreed });
  return true;
}

function chooser(data: ParticipateOptions['data']): (wanted: Wanted) => OwnData | Promise<OwnData> {
  if (typeof data === 'function') return data;
  if (!(data instanceof Blob)) return () => data;
  const name = data instanceof File ? data.name : 'your table';
  return () => ({ kind: 'table', file: data, name });
}

/** Where sessions are, on the port that the page came from or was told. */
function sessionUrl(join: string | URL): string {
  const url = new URL(join, globalThis.location?.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const folder = url.pathname.replace(/(?:session|join\/?)?$/, '').replace(/\/?$/, '/');
  url.pathname = `${folder}session`;
  url.hash = '';
  url.search = '';
  return url.href;
}

/** Such as `Firefox on Linux`: enough to tell tabs on different machines apart. */
function browserName(): string {
  const agent = navigator.userAgent;
  const browser = ['Firefox', 'Edg', 'OPR', 'Chrome', 'Safari'].find((name) => agent.includes(name));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'CrOS', 'Linux'].find((name) =>
    agent.includes(name),
  );
  const known: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', CrOS: 'ChromeOS' };
  const word = (name: string | undefined, other: string): string =>
    name === undefined ? other : (known[name] ?? name);
  return `${word(browser, 'browser')} on ${word(system, 'some device')}`;
}
