import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../../engines/create.ts';
import type { Engine } from '../../engines/engine.ts';
import { compare } from './compare.ts';
import { type Finding, isBetter, pageOf } from './report.ts';

/** Draws of weights and inputs. One is enough for most: the others are for units that lie on a kink, where float32 may say either slope. */
const SEEDS = [0, 1, 2];

/**
 * Exports each model with PyTorch and compares loss and gradients with its own. What is found is kept in results.json as it comes, and
 * docs/models.md is written of it: models that are not named keep what was found of them before.
 *
 * @param names of models.py; all of them when empty
 * @param root the folder of the sources
 * @returns the exit code: 1 where the product takes a model and says other gradients
 */
export async function main(names: readonly string[], root: URL): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-survey-'));
  const script = fileURLToPath(new URL('test/survey/export.py', root));
  const engine = await createEngine('cpu', { threads: 2 });
  const file = new URL('test/survey/results.json', root);
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Finding[]) : [];
  const findings = new Map<string, Finding>();
  try {
    for (const seed of SEEDS) {
      const again = [...findings.values()]
        .filter(({ verdict }) => verdict === 'differs')
        .map(({ name }) => name);
      if (seed > 0 && again.length === 0) break;
      for await (const finding of drawn(engine, script, folder, seed, seed === 0 ? names : again)) {
        const before = findings.get(finding.name);
        if (before === undefined || isBetter(finding, before)) findings.set(finding.name, finding);
        keep(file, new URL('docs/models.md', root), known, findings);
        console.log(`${finding.verdict.padEnd(14)}${finding.name}: ${finding.detail}`);
      }
    }
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const all = [...findings.values()];
  const count = (verdict: Finding['verdict']) => all.filter((finding) => finding.verdict === verdict).length;
  console.log(
    `${all.length} models: ${count('agrees')} agree, ${count('differs')} differ, ${count('not taken')} are not taken, ` +
      `${count('not exported')} PyTorch does not export.`,
  );
  return count('differs') === 0 ? 0 : 1;
}

function keep(file: URL, page: URL, known: readonly Finding[], found: ReadonlyMap<string, Finding>): void {
  const others = known.filter(({ name }) => !found.has(name));
  const all = [...others, ...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(page, pageOf(all));
}

/** One draw of each model: exported by one Python process, compared while it makes the next one. */
async function* drawn(
  engine: Engine,
  script: string,
  folder: string,
  seed: number,
  names: readonly string[],
): AsyncGenerator<Finding> {
  const python = process.env['TRIBUTARY_PYTHON'] ?? 'python3';
  const child = spawn(python, [script, folder, String(seed), ...names], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, name, rest] = line.split('\t');
    if (name === undefined || rest === undefined) continue;
    lines += 1;
    if (word === 'failed') yield { name, verdict: 'not exported', detail: rest };
    else if (word === 'exported') yield await found(engine, name, join(folder, rest));
  }
  const code = await ended;
  if (code !== 0 || lines === 0)
    throw new Error(
      `${python} ended with ${code}: it needs torch, onnxscript, torchvision, timm and transformers`,
    );
}

async function found(engine: Engine, name: string, base: string): Promise<Finding> {
  try {
    const comparison = await compare(engine, base);
    const isSame = comparison.worst < 1e-3 && comparison.loss < 1e-5;
    const { worst, parameter, loss } = comparison;
    return {
      name,
      verdict: isSame ? 'agrees' : 'differs',
      detail: `loss ${loss.toExponential(1)}, worst gradient ${worst.toExponential(1)} (${parameter})`,
      comparison,
    };
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split('\n- ').reverse();
    return { name, verdict: 'not taken', detail: first!.split('\n')[0]! };
  } finally {
    for (const extension of ['onnx', 'json', 'bin']) rmSync(`${base}.${extension}`, { force: true });
  }
}
