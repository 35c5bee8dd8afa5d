/** Every session is over, its events tell its life without gaps, and its outcome is what the platform's own history says. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const finals = ['COMPLETED', 'FAILED', 'CANCELLED'];
const order = ['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING'];
/** Why a session may fail though its payload did nothing wrong: nobody was there in time. */
const noTime = ['too-late', 'never-ran'];
/** Milliseconds by which clocks and the second of an offer may differ. */
const slack = 1_500;
/** Of this run: a replica may freeze for as long between deciding on a start and making it, and still have its session. */
const lease = 3_000;

export function auditSessions(world) {
  const events = grouped(world.events, ({ session }) => session);
  const history = grouped(world.history, ({ session }) => session);
  const findings = world.sessions.flatMap((session) => {
    const faults = [...faultsOfRow(session), ...faultsOfEvents(session, events.get(session.id) ?? []), ...faultsOfOutcome(session, history.get(session.id) ?? [])];
    return faults.map((fault) => ({ what: 'untruthful', detail: `session ${session.id} (${session.phase}) ${fault}` }));
  });
  return [...findings, ...leaks(world.platform)];
}

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

function* faultsOfRow({ phase, due, lease_by: leasedBy, document }) {
  if (!finals.includes(phase)) yield 'is not over';
  if (document.session.phase !== phase) yield `says ${document.session.phase} in its document`;
  if (document.work.stage !== 'settled') yield `is not settled but ${document.work.stage}`;
  if (due !== null || leasedBy !== null) yield `is still due (${due}) or leased (${leasedBy})`;
}

function* faultsOfEvents({ phase }, events) {
  const gap = events.findIndex(({ number }, index) => Number(number) !== index + 1);
  if (gap >= 0) yield `has event ${events[gap].number} in place ${gap + 1}`;
  const phases = events.filter(({ event }) => event.kind === 'phase').map(({ event }) => event.phase);
  if (phases[0] !== 'ACCEPTED' || phases.at(-1) !== phase) yield `has the phases ${phases.join(' ')}`;
  const ranks = phases.map((one) => (finals.includes(one) ? order.length : order.indexOf(one)));
  if (ranks.some((rank, index) => index > 0 && rank <= ranks[index - 1])) yield `went backwards or twice: ${phases.join(' ')}`;
}

function* faultsOfOutcome(session, history) {
  const starts = history.filter(({ started }) => started !== undefined);
  const { start, end } = session.document.plan.run;
  if (starts.length > 1) yield `was started ${starts.length} times`;
  for (const { started } of starts) if (started < start - slack || started > end + lease) yield `was started at ${started}, booked from ${start} to ${end}`;
  if (session.phase === 'COMPLETED') yield* faultsOfSuccess(session, history, starts);
  if (session.phase === 'FAILED') yield* faultsOfFailure(session);
}

function* faultsOfSuccess(session, history, starts) {
  const script = session.document.plan.executable.script ?? {};
  if (starts.length !== 1) yield `completed, with ${starts.length} starts`;
  // A payload that was stopped at its time limit did not come to its own, bad, end.
  const isCut = wordsOf(session).includes('time-limit') && history.some(({ cancelled }) => cancelled !== undefined);
  if (endsBadly(script) && !isCut) yield `completed, though its payload is ${JSON.stringify(script)}`;
}

function* faultsOfFailure(session) {
  const script = session.document.plan.executable.script ?? {};
  const words = wordsOf(session).filter((word) => word !== 'requested');
  if (words.length === 0) yield 'failed without a reason';
  else if (!endsBadly(script) && script.fail === undefined && !words.some((word) => noTime.includes(word))) yield `failed by ${words.join()} though its payload is ${JSON.stringify(script)}`;
}

function wordsOf({ document }) {
  return document.session.messages.filter(({ kind }) => kind !== undefined).map(({ kind }) => kind.split(':').at(-1));
}

function endsBadly({ exitCode = 0, evict, vanish }) {
  return exitCode !== 0 || evict !== undefined || vanish !== undefined;
}

function leaks(folder) {
  const places = ['sessions', 'data'].map((name) => join(folder, name)).filter((place) => existsSync(place));
  return places.flatMap((place) => readdirSync(place)).map((name) => ({ what: 'leaked', detail: name }));
}
