/** `npm run test:live -- NAME`: starts the test bed of a platform, runs its live suite against the real system, stops the bed. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root } from './run/prepare.mjs';
import { runVitest } from './run/vitest.mjs';

const [name = '', ...args] = process.argv.slice(2);
const folder = join(root, 'test/live', name);
if (!/^[a-z][a-z0-9-]*$/.test(name) || !existsSync(folder)) {
  console.error(`usage: npm run test:live -- NAME [options of vitest]; there are: ${namesOfSuites().join(', ') || 'none'}`);
  process.exit(2);
}
process.exitCode = await runLive();

async function runLive() {
  const bed = join(root, 'test/beds', name, 'bed.sh');
  const started = existsSync(bed) ? spawnSync('bash', [bed, 'start'], { stdio: ['ignore', 2, 2] }).status : 0;
  const result = started === 0
    ? await runVitest([`test/live/${name}`, '--config', 'test/live/vitest.config.ts', ...args], { env: { ...process.env, ...readBed() } })
    : { passed: 0, failed: 1, skipped: 0, faults: [`the test bed ${name} did not start (code ${started})`] };
  if (existsSync(bed) && !process.env['EB_KEEP_BED']) spawnSync('bash', [bed, 'stop'], { stdio: ['ignore', 2, 2] });
  for (const fault of result.faults) console.log(`FAIL ${fault}`);
  if (result.skipped > 0) console.log(`${result.skipped} skipped`);
  console.log(`${result.passed} passed, ${result.failed} failed`);
  return result.failed === 0 && result.passed > 0 ? 0 : 1;
}

/** Variables that the bed has written for its users, `NAME=value` each line. */
function readBed() {
  const file = join(root, '.eb/beds', name, 'env');
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n').map((line) => /^(?:export )?(\w+)=(.*)$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(lines.map(([, key, value]) => [key, value.replace(/^(["'])(.*)\1$/, '$2')]));
}

function namesOfSuites() {
  const live = join(root, 'test/live');
  return existsSync(live) ? readdirSync(live, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name) : [];
}
