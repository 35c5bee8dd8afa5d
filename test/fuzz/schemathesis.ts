/**
 * `npm run schemathesis -- [--seconds N] [--seed S] [--aggregator]`: schemathesis against our OpenAPI document on a running node, or, of
 * what only an aggregator serves, on an aggregator over that node. Its last line is `N passed, N failed`: what schemathesis counts
 * (operations, and sequences of them), and whether all was well afterwards.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { XMLParser } from 'fast-xml-parser';
import { asMember, TestAggregator } from '../support/federation.js';
import { startNode, TestClient } from '../support/node.js';
import type { Answer, TestNode } from '../support/node.js';
import { schemathesis } from './schemathesis-program.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '150' }, seed: { type: 'string', default: '9000' }, aggregator: { type: 'boolean', default: false } } });
const settings = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
/** Nodes answer 404 there to every method. */
const aggregatorsOnly = '^/(admin/members|federation/)';
/** Seconds beyond its own limit that it may take to end. */
const patience = 60;

interface Counts { readonly passed: number; readonly failed: number }

const program = schemathesis();
const folder = await mkdtemp(join(tmpdir(), 'eb-schemathesis-'));
// Room for whatever is asked: an answer that there is none would hide what lies behind it.
const node = await startNode({ mostOffers: 2, cores: 1_000_000, memory: 4_000_000, storage: 10_000_000 });
const aggregator = values.aggregator ? await TestAggregator.start({ members: [asMember('n1', node.running.url)] }) : undefined;
try {
  const url = aggregator?.url ?? node.running.url;
  const { passed, failed } = await runProgram(url, node);
  const faults = await faultsAfterwards(new TestClient(url, 'admin'));
  for (const fault of faults) process.stdout.write(`FAIL ${fault}\n`);
  process.exitCode = failed + faults.length === 0 && passed > 0 ? 0 : 1;
  process.stdout.write(`${passed} passed, ${failed + faults.length} failed\n`);
} finally {
  await aggregator?.stop();
  await node.stop();
  await rm(folder, { recursive: true, force: true });
}

/** While it runs, time goes on, so that sessions pass through their phases. */
async function runProgram(url: string, at: TestNode): Promise<Counts> {
  const report = join(folder, 'report.xml');
  const child = spawn(program, [
    '--config-file', settings, 'run', `${url}/openapi.json`, '--url', url, '--auth', 'admin:correct horse battery staple', '--no-color',
    values.aggregator ? '--include-path-regex' : '--exclude-path-regex', aggregatorsOnly, '--max-time', values.seconds, '--seed', values.seed, '--report', 'junit', '--report-junit-path', report,
  ], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const timer = setTimeout(() => { child.kill('SIGKILL'); }, (Number(values.seconds) + patience) * 1000);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  while (child.exitCode === null && child.signalCode === null) {
    await at.advance('PT1M');
    await Promise.race([wait(300), ended]);
  }
  clearTimeout(timer);
  const [code] = await ended;
  return countReport(await readFile(report, 'utf8').catch(() => ''), code);
}

/** A run that failed though it counts nothing that did is one failure. */
function countReport(text: string, code: number | null): Counts {
  const suites = (new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(text) as { testsuites?: Record<string, unknown> }).testsuites;
  const number = (name: string): number => Number(suites?.[name] ?? 0);
  const failed = number('failures') + number('errors');
  const passed = Math.max(0, number('tests') - failed - number('skipped'));
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/** The last word after a minute: what it was asked lately may still keep its database busy. */
async function readinessOf(at: TestClient): Promise<Answer> {
  for (let left = 60; ; left -= 1) {
    const answer = await at.get('/readyz');
    if (answer.status === 200 || left === 0) return answer;
    await wait(1_000);
  }
}

/** It is ready and still knows the account that was used: otherwise most of the run has seen refusals only. */
async function faultsAfterwards(at: TestClient): Promise<readonly string[]> {
  const readiness = await readinessOf(at);
  const accounts = await at.get('/admin/accounts');
  return [
    ...(readiness.status === 200 ? [] : [`it is not ready afterwards: ${JSON.stringify(readiness.body)}`]),
    ...(accounts.status === 200 ? [] : [`the account that was used is refused afterwards (${accounts.status})`]),
  ];
}
