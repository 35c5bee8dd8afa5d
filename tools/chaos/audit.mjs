/**
 * The audit of a chaos run: `node audit.mjs --database URL --journal FILE --platform FOLDER`. Reads the database, what the clients
 * were told, and the platform's own history; uses nothing of the product, so that the same mistake is not made twice.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { auditAnswers } from './audit-answers.mjs';
import { auditLedger } from './audit-ledger.mjs';
import { auditSessions } from './audit-sessions.mjs';

const { values: options } = parseArgs({ options: { database: { type: 'string' }, journal: { type: 'string' }, platform: { type: 'string' } } });
const client = new pg.Client(options.database);
await client.connect();

const read = async (sql) => (await client.query(sql)).rows;
const world = {
  ledger: (await read('select grain_ms from ledger'))[0],
  log: await read('select version, at, events from ledger_log order by version'),
  pools: await read('select id, name, kinds, total from pool'),
  guard: await read('select pool, kind, t, free from capacity_guard order by pool, kind, t'),
  bookings: await read('select session, offer_set, to_json(claims) as claims from booking'),
  sets: await read('select id, state, accepted, rejected from offer_set'),
  sessions: await read('select id, offer_set, phase, revision, due, lease_by, document from session'),
  entries: await read('select id from calendar_entry'),
  events: await read('select session, number, event from session_event order by session, number'),
  journal: lines(options.journal),
  history: lines(`${options.platform}/done.jsonl`),
  platform: options.platform,
};
await client.end();

const findings = [...auditLedger(world), ...auditAnswers(world), ...auditSessions(world)];
for (const { what, detail } of findings.slice(0, 100)) console.log(`FINDING ${what}: ${detail}`);
if (findings.length > 100) console.log(`… and ${findings.length - 100} more`);
const count = (what) => findings.filter((one) => one.what === what).length;
const named = ['overbooked', 'lost', 'leaked', 'untruthful'];
const others = findings.filter(({ what }) => !named.includes(what)).length;
console.log(`${world.journal.length} answers, ${world.sets.length} offer sets, ${world.sessions.length} sessions (${phases()}), ${world.log.length} commits, ${world.history.length} native steps`);
console.log(`${count('overbooked')} overbooked instants, ${count('lost')} acknowledged answers lost or untrue, ${count('leaked')} native objects leaked, ${count('untruthful')} sessions not final or not truthful, ${others} other findings`);
if (findings.length > 0) keep(world);
process.exitCode = findings.length === 0 && world.sessions.length > 0 ? 0 : 1;

/** What was looked at, for whoever looks for the cause. */
function keep(what) {
  const file = join(tmpdir(), `eb-chaos-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(what));
  console.error(`everything that was audited is in ${file}`);
}

/** Whole lines only: a process that was killed may have left a part of one. */
function lines(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
}

function phases() {
  const counts = new Map();
  for (const { phase } of world.sessions) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return [...counts].sort().map(([phase, number]) => `${number} ${phase}`).join(', ');
}
