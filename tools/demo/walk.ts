/** One walk through the life of a session, told to the person who watches. Each claim is checked; a false one throws. */
import { readdir } from 'node:fs/promises';
import { isFinal, parseInterval } from '#model';
import type { Clock, ExecutionRequest } from '#model';
import { exitCodeOf, messageText } from '#client';
import type { BrokerClient, WireCapacity, WireOfferSet, WireSession } from '#client';
import { eventLine } from '../../apps/cli/src/follow.js';
import { drawOffers, drawReasons, reasonsOf } from '../../apps/cli/src/render/sessions.js';

export interface Stage { readonly client: BrokerClient; readonly clock: Clock; readonly zone: string; readonly state: string; say(text: string): void; readonly signal: AbortSignal }

/** Something that the demo promised and did not see. */
export class DemoFailure extends Error {}

export async function walk(stage: Stage, request: ExecutionRequest): Promise<void> {
  const before = await capacityNow(stage);
  const set = await stage.client.ask(request);
  if (set.result === 'NO') throw new DemoFailure(`the broker answered NO:\n${drawReasons(reasonsOf(set))}`);
  stage.say(`\n${drawOffers(set, { zone: stage.zone, wide: false })}`);
  const { offer, why } = choose(set);
  stage.say(`accepting offer ${set.offers.indexOf(offer) + 1}: ${why}\n\n`);
  await stage.client.accept(offer.meta.uuid);
  try {
    await follow(stage, offer.meta.uuid);
  } finally {
    if (stage.signal.aborted) await stage.client.cancel(offer.meta.uuid);
  }
  await checkResult(stage, offer.meta.uuid);
  await checkCleanedUp(stage, offer.meta.uuid, before);
}

/** The earliest start; of those, the cheapest: this work keeps one core busy, more would be paid for and idle. */
function choose(set: WireOfferSet): { readonly offer: WireSession; readonly why: string } {
  const open = set.offers.filter((offer) => offer.phase === 'OFFERED');
  const start = (offer: WireSession): number => {
    const window = parseInterval(offer.schedule?.available?.start ?? '');
    return window.ok ? window.value.start : Number.POSITIVE_INFINITY;
  };
  const cores = (offer: WireSession): number => offer.compute?.cores?.min ?? 1;
  const [offer] = [...open].sort((a, b) => start(a) - start(b) || cores(a) - cores(b));
  if (offer === undefined) throw new DemoFailure('the offer set holds no open offer');
  const rivals = open.filter((other) => start(other) === start(offer)).length;
  return { offer, why: rivals > 1 ? `it starts first, and of the ${rivals} that do it is the smallest; this work uses one core` : 'it starts first, and nothing here needs more cores' };
}

async function follow(stage: Stage, uuid: string): Promise<void> {
  const { client, signal, say } = stage;
  const events = async (): Promise<void> => {
    for await (const event of client.events(uuid, { signal })) say(`  ${eventLine(event, stage.zone)}\n`);
  };
  const log = async (): Promise<void> => {
    let rest = '';
    for await (const piece of client.logs(uuid, { follow: true, signal })) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) say(`    | ${line}\n`);
    }
    if (rest !== '') say(`    | ${rest}\n`);
  };
  await Promise.all([events(), log()]);
  signal.throwIfAborted();
}

async function checkResult(stage: Stage, uuid: string): Promise<void> {
  const ended = await stage.client.session(uuid);
  const code = exitCodeOf(ended);
  const words = (ended.meta.messages ?? []).map((message) => `  ${messageText(message)}`).join('\n');
  if (!isFinal(ended.phase) || ended.phase !== 'COMPLETED') throw new DemoFailure(`the session ended as ${ended.phase}:\n${words}`);
  if (code !== undefined && code !== 0) throw new DemoFailure(`the payload ended with exit code ${code}`);
  let kept = '';
  for await (const piece of stage.client.logs(uuid)) kept += piece;
  const result = kept.split('\n').find((line) => line.startsWith('warmest month'));
  if (result === undefined) throw new DemoFailure('the kept log does not hold the result');
  stage.say(`\nresult: ${result}\n`);
}

/** Released capacity and folders are seen a moment after the last phase. */
async function checkCleanedUp(stage: Stage, uuid: string, before: WireCapacity): Promise<void> {
  let left: readonly string[] = [];
  for (let look = 0; look < 20; look += 1) {
    left = [...await foldersOf(stage.state, uuid), ...notBack(before, await capacityNow(stage))];
    if (left.length === 0) {
      stage.say('cleaned up: nothing of the session is left on disk, its capacity is free again\n');
      return;
    }
    await stage.clock.sleep(500, stage.signal);
  }
  throw new DemoFailure(`not cleaned up: ${left.join(', ')}`);
}

async function foldersOf(state: string, uuid: string): Promise<readonly string[]> {
  const names = await readdir(state, { recursive: true });
  return names.filter((name) => !name.startsWith('postgres') && name.includes(uuid));
}

function capacityNow(stage: Stage): Promise<WireCapacity> {
  return stage.client.capacity();
}

/** Pools that have less free now, in the first step, than they had before. */
function notBack(before: WireCapacity, after: WireCapacity): readonly string[] {
  return after.pools.flatMap((pool) => {
    const earlier = before.pools.find((other) => other.pool === pool.pool)?.free[0] ?? {};
    return Object.entries(earlier).filter(([name, amount]) => (pool.free[0]?.[name] ?? 0) < amount).map(([name]) => `${pool.pool} lacks ${name}`);
  });
}
