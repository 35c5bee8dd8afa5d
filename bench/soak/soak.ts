/**
 * `npm run soak -- [--minutes N]`: finds the peak of one node by asking as fast as it answers, then goes on at 80 % of it with asks,
 * accepts, reads and cancels, and looks at memory and errors. Fails on any error, and when memory still grows in the second half.
 */
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BenchNode, inParallel, quantile, scripted, scriptedKind } from '../node/process.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
const share = 0.8;
const clients = 16;
const allowedGrowth = 1.15;
const body = { executable: { kind: scriptedKind, script: { run: 'PT1S' } }, schedule: { requested: { duration: 'PT1M' } } };

interface Counts { cycles: number; errors: number; readonly times: number[] }

const node = await BenchNode.start(scripted({ booking: { grain: 'PT1M', mostOffers: 3, offerExpiry: 'PT30S' } }));
try {
  const peak = await findPeak();
  const counts: Counts = { cycles: 0, errors: 0, times: [] };
  const memory = await soak(peak * share, counts);
  report(peak, counts, memory);
} finally {
  await node.stop();
}

/** Ask, then half of the time accept and cancel, else let it expire. */
async function cycle(counts: Counts): Promise<void> {
  const asked = await node.call('POST', '/requests', body);
  counts.cycles += 1;
  counts.times.push(asked.milliseconds);
  if (asked.status !== 303) counts.errors += 1;
  const offer = asked.body.offers?.[0] as unknown;
  if (offer === undefined || counts.cycles % 2 === 0) return;
  const accepted = await node.accept(offer);
  if (accepted.status !== 200) counts.errors += 1;
  const read = await node.call('GET', `/sessions/${accepted.body.meta.uuid}`);
  if (read.status !== 200) counts.errors += 1;
}

/** Cycles per second, by as many clients as it takes. */
async function findPeak(): Promise<number> {
  const counts: Counts = { cycles: 0, errors: 0, times: [] };
  const [began, length] = [performance.now(), 10_000];
  await inParallel(Array.from({ length: clients }, (_, index) => index), clients, async () => { while (performance.now() - began < length) await cycle(counts); });
  return (counts.cycles * 1000) / (performance.now() - began);
}

/** Memory of the node each ten seconds. */
async function soak(perSecond: number, counts: Counts): Promise<readonly number[]> {
  const ends = performance.now() + minutes * 60_000;
  const memory: number[] = [];
  const watching = (async () => {
    while (performance.now() < ends) {
      memory.push(await node.memory());
      await wait(Math.max(0, Math.min(10_000, ends - performance.now())));
    }
  })();
  const pause = (clients * 1000) / perSecond;
  await inParallel(Array.from({ length: clients }, (_, index) => index), clients, async () => {
    for (let next = performance.now(); next < ends; next += pause) {
      await wait(Math.max(0, next - performance.now()));
      await cycle(counts);
    }
  });
  await watching;
  return memory;
}

function report(peak: number, { cycles, errors, times }: Counts, memory: readonly number[]): void {
  const half = Math.floor(memory.length / 2);
  const early = quantile(memory.slice(Math.floor(half / 2), half + 1), 0.5);
  const late = quantile(memory.slice(-Math.max(1, Math.floor(half / 2))), 0.5);
  const isFlat = late <= early * allowedGrowth;
  process.stdout.write(`peak ${peak.toFixed(0)} cycles/s; ${cycles} cycles in ${minutes} min at ${share * 100} % of it, ask p99 ${quantile(times, 0.99).toFixed(0)} ms\n`);
  process.stdout.write(`memory in MB: ${memory.map((one) => one.toFixed(0)).join(' ')}\n`);
  process.stdout.write(`${errors} errors, memory ${early.toFixed(0)} → ${late.toFixed(0)} MB: ${errors === 0 && isFlat ? 'flat' : 'NOT GOOD'}\n`);
  process.exitCode = errors === 0 && isFlat ? 0 : 1;
}
