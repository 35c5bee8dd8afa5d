/**
 * What HTTP costs: a v1.0 request of 2 KB against a broker that does nothing, over bare node:http with bodies of the same size; and
 * the same request against a whole node that holds 10 slots durably, over that no-op, and over one that answers as much (ten full
 * offers, about 50 KB). One server process, load from another over the same connections and headers, in turns. The processor time of
 * the server for a request is told too: where it is far below one second a second, the client was the limit.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { kinds } from '#model';
import { testDatabase } from '#persistence/testing';
import { median } from './booking/statistics.js';
import { benchArguments } from './http/build.js';
import type { Measure } from './measure.js';
import { cpuSeconds } from './node/process.js';

const runFile = promisify(execFile);
const cannon = createRequire(import.meta.url).resolve('autocannon/autocannon.js');
const connections = 32;
const answerBytes = 1100;
const bodyBytes = 2048;
/** Before this many, V8 still compiles: a measure must not depend on how long it takes. */
const warmUp = 20_000;

type Target = 'bare' | 'noop' | 'same' | 'node';
type Ports = Readonly<Record<Target, number>>;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'eb-bench-'));
  const server = spawn(process.execPath, [...await benchArguments('bench/http/servers'), database.url, 'x'.repeat(answerBytes), JSON.stringify(requestOf(bodyBytes))], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ports = await portsOf(server);
    const body = join(folder, 'body.json');
    await writeFile(body, JSON.stringify(requestOf(bodyBytes)));
    const rates = await ratesOf({ ports, body, server }, quick ? { rounds: 3, seconds: 2 } : { rounds: 7, seconds: 4 });
    for (const [target, { rate, cpu }] of Object.entries(rates)) process.stderr.write(`  ${target}: ${rate.toFixed(0)}/s, ${cpu.toFixed(0)} µs of the server's processor each\n`);
    return [
      least('noop-per-node-http', rates.noop.rate / rates.bare.rate, 0.6), least('hold-per-noop-http', rates.node.rate / rates.noop.rate, 0.5),
      least('hold-per-same-answer-http', rates.node.rate / rates.same.rate, 0.5),
    ];
  } finally {
    await stop(server);
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

function least(name: string, value: number, goal: number): Measure {
  return { name, value, unit: 'requests per request', goal: `>= ${goal}`, holds: value >= goal };
}

interface Loaded { readonly rate: number; readonly cpu: number }
interface Load { readonly ports: Ports; readonly body: string; readonly server: ChildProcess }

async function ratesOf(load: Load, { rounds, seconds }: { readonly rounds: number; readonly seconds: number }): Promise<Readonly<Record<Target, Loaded>>> {
  const all: Record<Target, Loaded[]> = { bare: [], noop: [], same: [], node: [] };
  const targets = Object.keys(all) as Target[];
  for (const target of targets) await loadOne(load, target, { requests: warmUp });
  for (let round = 0; round < rounds; round += 1) for (const target of targets) all[target].push(await loadOne(load, target, { seconds }));
  const middle = (target: Target): Loaded => ({ rate: median(all[target].map((one) => one.rate)), cpu: median(all[target].map((one) => one.cpu)) });
  return { bare: middle('bare'), noop: middle('noop'), same: middle('same'), node: middle('node') };
}

/** Answers per second, and microseconds of the server's processor for each; throws when one is not 200. */
async function loadOne({ ports, body, server }: Load, target: Target, length: { readonly seconds: number } | { readonly requests: number }): Promise<Loaded> {
  const headers = ['content-type: application/json', 'accept: application/json', 'prefer: return=representation'].flatMap((header) => ['-H', header.replace(': ', '=')]);
  const before = await cpuSeconds(server.pid);
  const { stdout } = await runFile(process.execPath, [cannon, '-c', String(connections), ...('seconds' in length ? ['-d', String(length.seconds)] : ['-a', String(length.requests)]), '-m', 'POST', ...headers, '-i', body, '--json', `http://127.0.0.1:${ports[target]}/requests`]);
  const result = JSON.parse(stdout) as { requests: { average: number; total: number }; non2xx: number; errors: number };
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} answers were refusals, ${result.errors} were missing`);
  return { rate: result.requests.average, cpu: ((await cpuSeconds(server.pid) - before) / result.requests.total) * 1e6 };
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
