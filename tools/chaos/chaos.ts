/**
 * `npm run chaos -- --minutes N [--seed S] [--replicas 2…4] [--clients N]`: replicas of one node on one PostgreSQL, clients that want
 * everything at once, an operator who changes the calendar, random SIGKILL and SIGSTOP; then everything comes to rest, and an independent audit judges.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbedded } from '#persistence';
import { silentLog } from '#runtime';
import { ReplicaGround } from '../../test/support/replica.js';
import { Caller } from './caller.js';
import { Crowd } from './crowd.js';
import { Dice } from './dice.js';
import { Monkey } from './monkey.js';
import { Warden } from './warden.js';

const audit = fileURLToPath(new URL('audit.mjs', import.meta.url));
/** Who may change the calendar; everybody else needs no name. */
const operator = { name: 'warden', password: 'made up for one run of chaos' };
const config = {
  access: { anonymous: true, accounts: [{ ...operator, roles: ['admin'] }] },
  booking: { grain: 'PT1S', offerExpiry: 'PT15S', spacing: 'PT3S', mostOffers: 4, horizon: 'PT1H' },
  sessions: { lease: 'PT3S', poll: 'PT0.5S' },
  platforms: [{ name: 'stage', type: 'scripted', pools: { main: { cores: 120, memory: 1000, storage: 10 }, side: { cores: 40, memory: 200, storage: 10 } }, history: 'done.jsonl' }],
};
/** Milliseconds in which everything must be over after the chaos. */
const restLimit = 180_000;

/** `pause`: seconds that a replica has at least between two blows; on average as much again for each replica. */
interface Options { readonly minutes: number; readonly seed: number; readonly replicas: number; readonly clients: number; readonly pause: number }

function readOptions(): Options {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string' }, replicas: { type: 'string', default: '3' }, clients: { type: 'string', default: '40' }, pause: { type: 'string', default: '2' } } });
  const seed = values.seed ?? String(process.pid);
  return { minutes: Number(values.minutes), seed: Number(seed), replicas: Number(values.replicas), clients: Number(values.clients), pause: Number(values.pause) };
}

async function unleash(options: Options, home: string, url: string, ground: ReplicaGround): Promise<void> {
  const ending = new AbortController();
  const dice = new Dice(options.seed);
  const monkey = new Monkey({ ground, url, dice, ending: ending.signal, pause: options.pause * 1000 }, options.replicas);
  await monkey.startAll();
  const others = new Dice(options.seed + 1);
  const caller = new Caller({ replicas: () => monkey.replicas(), dice: others }, join(home, 'journal.jsonl'));
  const parts = { caller, dice: others, ending: ending.signal };
  const running = [monkey.rage(), new Crowd(parts).run(options.clients), new Warden({ ...parts, as: `${operator.name}:${operator.password}` }).run()];
  await wait(options.minutes * 60_000);
  ending.abort(new Error('the chaos is over'));
  await Promise.all(running);
  await caller.close();
  console.log(`seed ${options.seed}: ${monkey.kills} kills, ${monkey.freezes} freezes; ${[...caller.counts].sort().map(([what, count]) => `${count} ${what}`).join(', ')}`);
  await comeToRest(url);
}

/** Waits until nothing is due any more; what then is not over is the audit's to tell. */
async function comeToRest(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const open = "select (select count(*) from session where due is not null)::int + (select count(*) from offer_set where state = 'OFFERED')::int as count";
  for (let waited = 0; waited < restLimit; waited += 500) {
    const { rows } = await client.query<{ count: number }>(open);
    if (rows[0]?.count === 0) break;
    await wait(500);
  }
  await client.end();
}

function judge(home: string, url: string, folder: string): Promise<number> {
  const words = ['--database', url, '--journal', join(home, 'journal.jsonl'), '--platform', join(folder, 'state/platforms/stage')];
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [audit, ...words], { stdio: 'inherit' }).once('error', reject).once('exit', (code) => { resolve(code ?? 1); });
  });
}

const options = readOptions();
const home = await mkdtemp(join(tmpdir(), 'eb-chaos-'));
await chmod(home, 0o755);
const server = await startEmbedded({ folder: join(home, 'database'), log: silentLog });
const ground = await ReplicaGround.make(config);
try {
  await unleash(options, home, server.url, ground);
  await ground.endAll();
  process.exitCode = await judge(home, server.url, ground.folder);
} finally {
  await ground.remove();
  await server.stop();
  await rm(home, { recursive: true, force: true });
}
