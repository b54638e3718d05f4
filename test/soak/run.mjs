// npm run soak: a run for --minutes (30), members of which come and go, watched all the time. Other options go to vitest.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, tokens } = parseArgs({
  options: { minutes: { type: 'string', default: process.env.CI ? '1' : '30' } },
  strict: false,
  tokens: true,
});
if (!(Number(values.minutes) > 0)) {
  console.error(`--minutes ${values.minutes}: a number above 0 is needed.`);
  process.exit(2);
}
const own = tokens
  .filter(({ name }) => name === 'minutes')
  .flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1]));
const others = process.argv.slice(2).filter((_, index) => !own.includes(index));
const { status } = spawnSync('vitest', ['run', '--config', 'vitest.soak.config.ts', ...others], {
  stdio: 'inherit',
  env: { ...process.env, TRIBUTARY_MINUTES: values.minutes },
});
process.exit(status ?? 1);
