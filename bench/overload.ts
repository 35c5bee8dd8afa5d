/** Five times as many askers as the node lets in: asks are shed, and accepts stay quick. p99 of an accept under overload, and over that in quiet. */
import type { Measure } from './measure.js';
import { BenchNode, inParallel, quantile, scripted, scriptedKind } from './node/process.js';
import type { Json } from './node/process.js';

const goal = 1_000;
const goalPerQuiet = 10;
const atOnce = 64;
const overload = 5;
const body = { executable: { kind: scriptedKind }, schedule: { requested: { duration: 'PT5M' } } };

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const seconds = quick ? 5 : 15;
  const node = await BenchNode.start(scripted({ booking: { grain: 'PT1M', mostOffers: 2, offerExpiry: 'PT1M' }, limits: { mostAsks: atOnce, askWithin: 'PT0.5S' } }));
  try {
    const offers = await offersOf(node, seconds * 20);
    const quiet = await acceptAll(node, offers.splice(0, seconds * 10), Infinity);
    const ends = performance.now() + seconds * 1000;
    const asked: Record<number, number[]> = {};
    const asking = inParallel(Array.from({ length: atOnce * overload }, (_, index) => index), atOnce * overload, async () => {
      while (performance.now() < ends) {
        const { status, milliseconds } = await node.call('POST', '/requests', body);
        (asked[status] ??= []).push(milliseconds);
      }
    });
    const [accepts] = await Promise.all([acceptAll(node, offers, ends), asking]);
    const told = Object.entries(asked).map(([status, times]) => `${status}: ${Math.round(times.length / seconds)}/s, p99 ${quantile(times, 0.99).toFixed(0)} ms`).join('; ');
    const value = quantile(accepts, 0.99);
    process.stderr.write(`  asks ${told}; ${accepts.length} accepts, p50 ${quantile(accepts, 0.5).toFixed(0)} ms, p99 ${value.toFixed(0)} ms\n`);
    const perQuiet = value / quantile(quiet, 0.99);
    return [
      { name: 'accept-p99-under-5x-overload-ms', value, unit: 'ms', goal: `<= ${goal}`, holds: value <= goal },
      { name: 'accept-p99-overload-per-quiet', value: perQuiet, unit: 'times', goal: `<= ${goalPerQuiet}`, holds: perQuiet <= goalPerQuiet },
    ];
  } finally {
    await node.stop();
  }
}

async function offersOf(node: BenchNode, count: number): Promise<Json[]> {
  const offers: Json[] = [];
  await inParallel(Array.from({ length: count }, (_, index) => index), 16, async () => { offers.push((await node.call('POST', '/requests', body)).body.offers[0]); });
  return offers;
}

/** Milliseconds that each accept took, of those begun before `ends`; throws when one is not granted. */
async function acceptAll(node: BenchNode, offers: readonly Json[], ends: number): Promise<readonly number[]> {
  const taken: number[] = [];
  await inParallel(offers, 4, async (offer) => {
    if (performance.now() > ends) return;
    const { status, milliseconds } = await node.accept(offer);
    if (status !== 200) throw new Error(`an accept was answered ${status}`);
    taken.push(milliseconds);
  });
  return taken;
}
