/** A controller that has as many reservations as it can number: what is accepted then, and afterwards. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import { clearReservations, conf, leftOf, slurm } from './bed.js';
import { offerOf, shell, startLiveNode } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `full-${process.pid}`;
/** Slurm numbers no more. */
const mostReservations = 9_999;
const othersPrefix = 'others';

let node: LiveNode;
beforeAll(async () => { node = await startLiveNode(instance, { reservations: { style: 'cores' }, preparing: 'PT5S' }, { offerExpiry: 'PT10M' }); });
afterAll(async () => {
  await node.stop();
  clearReservations();
  emptyTable();
});

/** One process for all of them. */
function scontrol(lines: readonly string[]): void {
  execFileSync('scontrol', ['--quiet'], { input: `${lines.join('\n')}\nquit\n`, env: { ...process.env, SLURM_CONF: conf }, stdio: ['pipe', 'ignore', 'inherit'] });
}

const namesThere = (): readonly string[] => [...slurm('scontrol', '-o', 'show', 'res').matchAll(/ReservationName=(\S+)/g)].map(([, name = '']) => name);

/** Far ahead and on top of each other, so that they are in nobody's way. Not one too many: each that is refused takes the controller two seconds. */
function fillTable(): void {
  const start = Math.ceil(systemClock.now() / 1000) + 60_000_000;
  const lines = Array.from({ length: mostReservations - namesThere().length }, (_, index) => (
    `create reservation ReservationName=${othersPrefix}${index} StartTime=uts${start} EndTime=uts${start + 60} Nodes=n1 Users=root Flags=MAINT,OVERLAP,IGNORE_JOBS`
  ));
  scontrol(lines);
}

function emptyTable(): void {
  const others = namesThere().filter((name) => name.startsWith(othersPrefix));
  if (others.length > 0) scontrol(others.map((name) => `delete ReservationName=${name}`));
}

/** A refusal takes the controller seconds, on a busy machine more than its clients wait for: then it has not answered, and the offer stays for another try. */
async function acceptance(offer: Json, tries = 10): Promise<Awaited<ReturnType<LiveNode['client']['update']>>> {
  const answer = await node.client.update(offer, 'ACCEPTED');
  return answer.status === 503 && tries > 1 ? acceptance(offer, tries - 1) : answer;
}

const freeCores = async (): Promise<readonly number[]> => (await node.client.get('/capacity')).body.pools[0].free.map(({ cores }: { cores: number }) => cores);

it('refuses what is accepted while the table of reservations is full, gives the booking back with fresh offers, and keeps its word once there is room', async () => {
  const wish = shell('true').lasting('PT1M').from(`${formatInstant(systemClock.now() + 1_800_000)}/PT2H`).cores(8);
  const offer = await offerOf(node, wish);
  fillTable();
  const answer = await acceptance(offer);
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([409, expect.stringMatching(/reason:not-reserved.*table of reservations/)]);
  expect((await node.client.session(offer)).body.phase).toBe('REJECTED');
  const [fresh] = answer.body.offers.offers;
  expect(leftOf(instance, node.folder)).toEqual([]);
  emptyTable();
  const accepted = await acceptance(fresh);
  expect(accepted.status, JSON.stringify(accepted.body)).toBe(200);
  expect((await node.client.update(fresh, 'CANCELLED')).status).toBe(200);
  await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
  expect(new Set(await freeCores())).toEqual(new Set([32]));
}, 900_000);
