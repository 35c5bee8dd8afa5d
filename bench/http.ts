/**
 * What HTTP costs: a v1.0 request of 2 KB against a broker that does nothing, over bare node:http with bodies of the same size; and
 * the same request against a whole node that holds 10 slots durably, over that no-op. One server process, load from another, in turns.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { kinds } from '#model';
import { testDatabase } from '#persistence/testing';
import { median } from './booking/statistics.js';
import type { Measure } from './measure.js';

const runFile = promisify(execFile);
const cannon = createRequire(import.meta.url).resolve('autocannon/autocannon.js');
const connections = 32;
const answerBytes = 1100;
const bodyBytes = 2048;

type Target = 'bare' | 'noop' | 'node';
type Ports = Readonly<Record<Target, number>>;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'eb-bench-'));
  const server = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('http/servers.ts', import.meta.url)), database.url, 'x'.repeat(answerBytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ports = await portsOf(server);
    const body = join(folder, 'body.json');
    await writeFile(body, JSON.stringify(requestOf(bodyBytes)));
    const rates = await ratesOf(ports, body, quick ? { rounds: 3, seconds: 2 } : { rounds: 7, seconds: 4 });
    process.stderr.write(`  per second: bare ${rates.bare.toFixed(0)}, no-op ${rates.noop.toFixed(0)}, hold ${rates.node.toFixed(0)}\n`);
    return [least('noop-per-node-http', rates.noop / rates.bare, 0.6), least('hold-per-noop-http', rates.node / rates.noop, 0.5)];
  } finally {
    await stop(server);
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

function least(name: string, value: number, goal: number): Measure {
  return { name, value, unit: 'requests per request', goal: `>= ${goal}`, holds: value >= goal };
}

async function ratesOf(ports: Ports, body: string, { rounds, seconds }: { readonly rounds: number; readonly seconds: number }): Promise<Readonly<Record<Target, number>>> {
  const rates: Record<Target, number[]> = { bare: [], noop: [], node: [] };
  const targets = Object.keys(rates) as Target[];
  for (const target of targets) await load(ports[target], body, 2);
  for (let round = 0; round < rounds; round += 1) for (const target of targets) rates[target].push(await load(ports[target], body, seconds));
  return { bare: median(rates.bare), noop: median(rates.noop), node: median(rates.node) };
}

/** Answers per second; throws when one is not 200. */
async function load(port: number, body: string, seconds: number): Promise<number> {
  const headers = ['content-type: application/json', 'accept: application/json', 'prefer: return=representation'].flatMap((header) => ['-H', header.replace(': ', '=')]);
  const { stdout } = await runFile(process.execPath, [cannon, '-c', String(connections), '-d', String(seconds), '-m', 'POST', ...headers, '-i', body, '--json', `http://127.0.0.1:${port}/requests`]);
  const result = JSON.parse(stdout) as { requests: { average: number }; non2xx: number; errors: number };
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} answers were refusals, ${result.errors} were missing`);
  return result.requests.average;
}

/** A docker request that is filled up to a length by its environment. */
function requestOf(bytes: number): unknown {
  const request = (filling: string): unknown => ({
    name: 'bench', compute: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 }, memory: { min: 1, max: 1 } },
    executable: { kind: kinds.dockerContainer, image: { locations: ['registry.example/ns/app:1.0'] }, command: ['--in', '/input'], environment: { FILLING: filling } },
    storage: [{ kind: kinds.simpleStorage, meta: { name: 'scratch' }, size: { min: 1 } }], schedule: { requested: { duration: 'PT1H' } },
  });
  return request('x'.repeat(Math.max(0, bytes - JSON.stringify(request('')).length)));
}

async function portsOf(server: ChildProcess): Promise<Ports> {
  if (!server.stdout) throw new Error('the servers have no output');
  for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line) as Ports;
  throw new Error('the servers ended before they listened');
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => { server.once('exit', resolve); });
  server.kill('SIGTERM');
  await ended;
}
