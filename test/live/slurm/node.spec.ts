/** The whole node on a real cluster that other people use too. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import { clearReservations, leftOf, restartController, slurm, untilStateWritten } from './bed.js';
import { accepted, heldShell, offerOf, outputOf, outsiders, shell, soon, startLiveNode, startOf, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `node-${process.pid}`;
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];
let node: LiveNode;
beforeAll(async () => { node = await startLiveNode(instance, { reservations: { style: 'cores' }, preparing: 'PT5S' }); });
afterAll(async () => {
  await node.stop();
  clearReservations();
});
afterEach(async () => {
  slurm('scancel', '--user=bob');
  slurm('scancel', '--user=alice', '--name=wrap');
  await untilFree(32);
});

/** What others use is known some seconds after it began or ended. */
async function untilFree(cores: number): Promise<void> {
  await expect.poll(async () => (await node.client.get('/capacity')).body.pools[0].free[0].cores, { timeout: 60_000, interval: 500 }).toBe(cores);
}

async function untilRunning(jobs: number): Promise<void> {
  await expect.poll(() => slurm('squeue', '-h', '-u', 'bob', '-t', 'RUNNING', '-o', '%i').trim().split('\n').length, { timeout: 60_000 }).toBe(jobs);
}

const startsIn = (seconds: number): string => `${formatInstant(Math.ceil(systemClock.now() / 1000 + seconds) * 1000)}/PT0S`;

async function untilNothingIsLeft(): Promise<void> {
  await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
}

describe('a node on a shared cluster', () => {
  it('refuses an acceptance whose place others have taken since, gives the booking back, and offers anew', async () => {
    const offer = await offerOf(node, shell('true').lasting('PT1M').from(`${formatInstant(systemClock.now() + 60_000)}/PT2H`));
    outsiders({ count: 4, cores: 8, minutes: 60, seconds: 120 });
    await untilRunning(4);
    const answer = await node.client.update(offer, 'ACCEPTED');
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([409, expect.stringMatching(/reason:(not-reserved|place-taken)/)]);
    expect((await node.client.session(offer)).body.phase).toBe('REJECTED');
    const [fresh] = answer.body.offers.offers;
    expect(startOf(fresh) - systemClock.now()).toBeGreaterThan(3_000_000);
    const again = await node.client.update(fresh, 'ACCEPTED');
    expect(again.status, JSON.stringify(again.body)).toBe(200);
    expect((await node.client.update(fresh, 'CANCELLED')).status).toBe(200);
    await untilNothingIsLeft();
  });

  it('offers nothing that others use, and says until when they do', async () => {
    outsiders({ count: 4, cores: 8, minutes: 60, seconds: 120 });
    await untilRunning(4);
    await untilFree(0);
    const set = await node.client.ask(shell('true').lasting('PT1M').from(soon(12)));
    expect([set.result, JSON.stringify(set.meta.messages)]).toEqual(['NO', expect.stringMatching(/others use up to 32 of 32 cores in that time, in use by others until/)]);
  });

  it('tells the owner when maintenance is laid over the place that it holds', async () => {
    const session = await accepted(node, shell('true').lasting('PT1M').from(startsIn(3600)));
    slurm('scontrol', 'create', 'reservation', 'ReservationName=patches', 'StartTime=now+60minutes', 'Duration=60', 'Nodes=ALL', 'Users=root', 'Flags=MAINT,IGNORE_JOBS');
    await expect.poll(async () => JSON.stringify((await node.client.session(session)).body.meta.messages), { timeout: 90_000, interval: 1000 }).toContain('reason:at-risk');
    expect(JSON.stringify((await node.client.session(session)).body.meta.messages)).toContain('maintenance patches was laid over it');
    slurm('scontrol', 'delete', 'ReservationName=patches');
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await untilNothingIsLeft();
    // What others use is remembered for some seconds: the next tests find the cluster as it was.
    await expect.poll(async () => (await node.client.ask(shell('true').lasting('PT1M').from(startsIn(3600)))).result, { timeout: 60_000, interval: 1000 }).toBe('YES');
  });

  it('gives a reservation back when the session is cancelled before its time', async () => {
    const session = await accepted(node, shell('true').lasting('PT1M').from(startsIn(3600)));
    expect(leftOf(instance, node.folder)).toHaveLength(1);
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await untilNothingIsLeft();
  });

  it('gives the rest of a reservation back when the payload ends early, and its output stays', async () => {
    const session = await accepted(node, shell('echo said; exit 3').lasting('PT10M').from(soon(12)));
    const ended = await untilIn(node, session, final);
    expect([ended.phase, JSON.stringify(ended.meta.messages).includes('exit code')]).toEqual(['FAILED', true]);
    expect(await outputOf(node, session)).toBe('said\n');
    await untilNothingIsLeft();
  });

  it('ends a session at its booked end', async () => {
    const session = await accepted(node, shell('sleep 600').lasting({ min: 'PT5S', max: 'PT20S' }).from(soon(12)));
    const ended = await untilIn(node, session, final);
    expect(ended.phase).toBe('COMPLETED');
    expect(JSON.stringify(ended.meta.messages)).toContain('reason:time-limit');
    await untilNothingIsLeft();
  });

  it('goes on with its sessions when the controller is killed and comes back', async () => {
    const { wish, letGo } = heldShell(node, 'echo survived');
    const session = await accepted(node, wish);
    await untilIn(node, session, ['RUNNING']);
    await untilStateWritten();
    await restartController();
    letGo();
    const ended = await untilIn(node, session, final, 90_000);
    expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('survived\n');
    await untilNothingIsLeft();
  }, 180_000);

  it('says so when the controller was killed so soon that it forgot the job, and leaves nothing', async () => {
    const { wish, letGo } = heldShell(node, 'echo survived');
    const session = await accepted(node, wish);
    await untilIn(node, session, ['RUNNING']);
    await restartController();
    letGo();
    const ended = await untilIn(node, session, final, 120_000);
    expect(JSON.stringify(ended.meta.messages)).toMatch(ended.phase === 'COMPLETED' ? /outcome/ : /ended-by-signal|vanished|node-fail|cut-off/);
    await untilNothingIsLeft();
  }, 240_000);
});
