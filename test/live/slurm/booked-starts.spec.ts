/** The promise of a booked start, on a cluster that other people fill. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import { clearReservations, leftOf, slurm } from './bed.js';
import { accepted, outputOf, outsiders, shell, startLiveNode, startOf, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `starts-${process.pid}`;
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];
/** How late a booked start may be. */
const mostLate = 2000;

let node: LiveNode;
beforeAll(async () => { node = await startLiveNode(instance, { reservations: { style: 'cores' }, preparing: 'PT30S' }, { offerExpiry: 'PT30S' }); });
afterAll(async () => {
  await node.stop();
  slurm('scancel', '--user=bob');
  slurm('scancel', '--user=alice', '--name=wrap');
  clearReservations();
});

it('starts every booked session within two seconds although others compete', async () => {
  const sessions: Json[] = [];
  const first = Math.ceil(systemClock.now() / 1000 + 60) * 1000;
  for (let index = 0; index < 50; index += 1) {
    // An offer holds its place for the time to decide too: 32 cores have room for one more every two seconds.
    const at = first + index * 2500;
    sessions.push(await accepted(node, shell('date +%s%3N; sleep 3').lasting('PT30S').from(`${formatInstant(at)}/PT0S`)));
  }
  outsiders({ count: 60, cores: 2, minutes: 2, seconds: 15 });
  outsiders({ count: 60, cores: 2, minutes: 2, seconds: 15 }, 'alice');
  const late: number[] = [];
  for (const session of sessions) {
    const ended = await untilIn(node, session, final, 180_000);
    expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
    late.push(Number((await outputOf(node, session)).trim()) - startOf(session));
  }
  late.sort((a, b) => a - b);
  console.log(`lateness of ${late.length} booked starts in ms: ${late.join(' ')}`);
  expect(late[0]).toBeGreaterThanOrEqual(0);
  expect(late.at(-1)).toBeLessThanOrEqual(mostLate);
  await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
}, 420_000);
