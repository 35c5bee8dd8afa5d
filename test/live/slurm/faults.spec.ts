/** What breaks on the real cluster, and what the session says: each fault ends in the right phase with a reason, and leaves nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import { clearReservations, conf, leftOf, restOfBed, slurm, startController } from './bed.js';
import { accepted, outputOf, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `faults-${process.pid}`;
const bed = conf.replace('/etc/slurm.conf', '');
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];
const told = (session: Json): string => session.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1)).join(' ');
const startsIn = (seconds: number): string => `${formatInstant(Math.ceil(systemClock.now() / 1000 + seconds) * 1000)}/PT0S`;
const pidOf = (name: string): number => Number(readFileSync(`${bed}/run/${name}.pid`, 'utf8'));

let node: LiveNode;
beforeAll(async () => {
  node = await startLiveNode(instance, { reservations: { style: 'cores' }, preparing: 'PT5S', accounting: true, rest: restOfBed, users: { map: { '*': { user: 'alice' } } } });
});
afterAll(async () => {
  await node.stop();
  clearReservations();
});
afterEach(async () => { await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]); });

/** As the bed starts it. */
async function startRest(): Promise<void> {
  const child = spawn('setpriv', ['--reuid', 'restd', '--regid', 'restd', '--clear-groups', 'env', 'SLURM_JWT=daemon', '/usr/sbin/slurmrestd', '-f', conf,
    '-s', 'openapi/v0.0.38,openapi/dbv0.0.38', '-a', 'rest_auth/jwt', new URL(restOfBed.url).host], { stdio: 'ignore', detached: true });
  child.unref();
  writeFileSync(`${bed}/run/slurmrestd.pid`, `${child.pid}\n`);
  await expect.poll(() => fetch(restOfBed.url).then(({ status }) => status, () => 0), { timeout: 20_000, interval: 200 }).toBeGreaterThan(0);
}

async function stopped(name: string, signal: NodeJS.Signals): Promise<void> {
  const pid = pidOf(name);
  process.kill(pid, signal);
  await expect.poll(() => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')), { timeout: 30_000, interval: 100 }).toBe(false);
}

describe('a session on a cluster where something breaks', () => {
  it('goes on while slurmrestd is away, and is seen again when it is back', async () => {
    const session = await accepted(node, shell('sleep 8; echo survived').lasting('PT1M').from(startsIn(8)));
    await untilIn(node, session, ['RUNNING']);
    await stopped('slurmrestd', 'SIGKILL');
    const no = await node.client.update(session, 'ACCEPTED');
    expect(no.status).toBe(409);
    await wait(4000);
    await startRest();
    const ended = await untilIn(node, session, final);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
  });

  it('goes on over a controller that ends in order', async () => {
    const session = await accepted(node, shell('sleep 10; echo survived').lasting('PT1M').from(startsIn(8)));
    await untilIn(node, session, ['RUNNING']);
    await stopped('slurmctld', 'SIGTERM');
    await wait(2000);
    startController();
    const ended = await untilIn(node, session, final, 90_000);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
  });

  it('needs no accounting: slurmdbd may be away', async () => {
    await stopped('slurmdbd', 'SIGKILL');
    const session = await accepted(node, shell('echo done').lasting('PT30S').from(startsIn(8)));
    const ended = await untilIn(node, session, final);
    execFileSync('/usr/sbin/slurmdbd', [], { env: { ...process.env, SLURM_CONF: conf } });
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'done\n']);
  });

  it('ends on a host whose slurmd was killed, as its own exit code says', async () => {
    const session = await accepted(node, shell('sleep 6; echo survived').lasting('PT1M').from(startsIn(8)));
    await untilIn(node, session, ['RUNNING']);
    const host = slurm('squeue', '-h', '-n', `eb-${session.meta.uuid}`, '-o', '%N').trim();
    await stopped(`slurmd.${host}`, 'SIGKILL');
    await wait(9000);
    execFileSync('/usr/sbin/slurmd', ['-f', conf, '-N', host]);
    const ended = await untilIn(node, session, final, 90_000);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
  }, 180_000);

  it('is told that its host was drained, or starts on the one that Slurm put in its place', async () => {
    const session = await accepted(node, shell('echo ran').lasting('PT30S').from(startsIn(75)));
    const [, host = ''] = /Nodes=(\S+)/.exec(slurm('scontrol', '-o', 'show', 'res', `eb-${session.meta.uuid}`)) ?? [];
    slurm('scontrol', 'update', `NodeName=${host}`, 'State=DRAIN', 'Reason=test');
    const ended = await untilIn(node, session, final, 150_000);
    slurm('scontrol', 'update', `NodeName=${host}`, 'State=RESUME');
    expect(ended.phase === 'COMPLETED' || told(ended).includes('at-risk'), `${ended.phase} ${told(ended)}`).toBe(true);
    console.log(`drained host of a booked session: ${ended.phase}, ${told(ended)}`);
  }, 240_000);

  it('waits while the token that the site hands out has expired, and goes on when it is renewed', async () => {
    const file = `${node.folder}.token`;
    const renew = (seconds: number): void => { writeFileSync(file, slurm('scontrol', 'token', 'username=alice', `lifespan=${seconds}`)); };
    renew(25);
    const other = await startLiveNode(`${instance}-token`, { users: undefined, rest: { ...restOfBed, token: { file } } });
    try {
      const session = await accepted(other, shell('sleep 20; echo survived').lasting('PT1M').from(startsIn(6)));
      await untilIn(other, session, ['RUNNING']);
      await expect.poll(async () => told((await other.client.session(session)).body), { timeout: 40_000, interval: 500 }).toContain('unknown');
      renew(600);
      const ended = await untilIn(other, session, final);
      expect([ended.phase, await outputOf(other, session)]).toEqual(['COMPLETED', 'survived\n']);
      expect(leftOf(`${instance}-token`, other.folder)).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('is cancelled while it waits, while it runs, and while it leaves', async () => {
    const waiting = await accepted(node, shell('sleep 60').lasting('PT2M').from(startsIn(600)));
    expect((await node.client.update(waiting, 'CANCELLED')).status).toBe(200);
    const running = await accepted(node, shell("trap 'sleep 1; exit 1' TERM; sleep 60 & wait").lasting('PT2M').from(startsIn(8)));
    await untilIn(node, running, ['RUNNING']);
    expect((await node.client.update(running, 'CANCELLED')).status).toBe(200);
    expect((await node.client.update(running, 'CANCELLED')).status).toBe(409);
    expect((await untilIn(node, running, final)).phase).toBe('CANCELLED');
  });

  it('is refused with 503 while the controller is away, and the offer stays', async () => {
    const set = await node.client.ask(shell('true').lasting('PT30S').from(startsIn(115)));
    await stopped('slurmctld', 'SIGTERM');
    const refused = await node.client.update(set.offers[0], 'ACCEPTED');
    startController();
    expect(refused.status, JSON.stringify(refused.body)).toBe(503);
    await expect.poll(() => slurm('scontrol', 'ping'), { timeout: 20_000 }).toContain('UP');
    // A controller that has just come back does not know its hosts yet.
    await expect.poll(() => slurm('sinfo', '-h', '-N', '-p', 'main', '-t', 'idle', '-o', '%N').trim().split('\n').length, { timeout: 30_000 }).toBe(4);
    await wait(6000);
    const again = await node.client.update(set.offers[0], 'ACCEPTED');
    expect(again.status, JSON.stringify(again.body)).toBe(200);
    expect((await node.client.update(set.offers[0], 'CANCELLED')).status).toBe(200);
  }, 180_000);
});
