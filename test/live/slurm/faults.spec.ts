/** What breaks on the real cluster, and what the session says: each fault ends in the right phase with a reason, and leaves nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../support/node.js';
import { clearReservations, conf, leftOf, restOfBed, slurm, startController, untilEnded, untilHostsAreFree } from './bed.js';
import { accepted, heldShell, minutes, outputOf, shell, soon, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `faults-${process.pid}`;
const bed = conf.replace('/etc/slurm.conf', '');
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];
const told = (session: Json): string => session.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1)).join(' ');

let node: LiveNode;
beforeAll(async () => {
  const platform = { reservations: { style: 'cores' }, preparing: 'PT5S', accounting: true, rest: restOfBed, users: { map: { '*': { user: 'alice' } } } };
  node = await startLiveNode(instance, platform, { offerExpiry: 'PT5M' });
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
  await expect.poll(() => fetch(restOfBed.url).then(({ status }) => status, () => 0), { timeout: 60_000, interval: 200 }).toBeGreaterThan(0);
}

async function stopped(name: string, signal: NodeJS.Signals): Promise<void> {
  const pid = Number(readFileSync(`${bed}/run/${name}.pid`, 'utf8'));
  process.kill(pid, signal);
  await untilEnded(pid);
}

/** The broker has noticed that it can't see the session. */
async function untilUnseen(on: LiveNode, session: Json): Promise<void> {
  await expect.poll(async () => told((await on.client.session(session)).body), { timeout: 60_000, interval: 500 }).toContain('unknown');
}

/** The broker asks some seconds later. */
async function untilAllIsThere(): Promise<void> {
  await untilHostsAreFree();
  await expect.poll(async () => (await node.client.get('/capacity')).body.pools[0].free[0].cores, { timeout: 60_000, interval: 500 }).toBe(32);
}

describe('a session on a cluster where something breaks', () => {
  it('goes on while slurmrestd is away, and is seen again when it is back', async () => {
    const { wish, letGo } = heldShell(node, 'echo survived');
    const session = await accepted(node, wish);
    await untilIn(node, session, ['RUNNING']);
    await stopped('slurmrestd', 'SIGKILL');
    const no = await node.client.update(session, 'ACCEPTED');
    expect(no.status).toBe(409);
    await untilUnseen(node, session);
    await startRest();
    letGo();
    const ended = await untilIn(node, session, final);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
  }, 240_000);

  it('goes on over a controller that ends in order', async () => {
    const { wish, letGo } = heldShell(node, 'echo survived');
    const session = await accepted(node, wish);
    await untilIn(node, session, ['RUNNING']);
    await stopped('slurmctld', 'SIGTERM');
    await untilUnseen(node, session);
    startController();
    letGo();
    const ended = await untilIn(node, session, final);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
    await untilAllIsThere();
  }, 300_000);

  it('needs no accounting: slurmdbd may be away', async () => {
    await stopped('slurmdbd', 'SIGKILL');
    const session = await accepted(node, shell('echo done').lasting(minutes).from(soon()));
    const ended = await untilIn(node, session, final);
    execFileSync('/usr/sbin/slurmdbd', [], { env: { ...process.env, SLURM_CONF: conf } });
    await expect.poll(() => slurm('sacctmgr', '-n', 'list', 'cluster', 'format=cluster'), { timeout: 60_000, interval: 500 }).toContain('bed');
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'done\n']);
  }, 240_000);

  it('ends on a host whose slurmd was killed, as its own exit code says', async () => {
    const { wish, letGo } = heldShell(node, 'echo survived');
    const session = await accepted(node, wish);
    await untilIn(node, session, ['RUNNING']);
    const host = slurm('squeue', '-h', '-n', `eb-${session.meta.uuid}`, '-o', '%N').trim();
    await stopped(`slurmd.${host}`, 'SIGKILL');
    letGo();
    await expect.poll(() => existsSync(`${node.folder}/${session.meta.uuid}/run/code`), { timeout: 60_000, interval: 200 }).toBe(true);
    execFileSync('/usr/sbin/slurmd', ['-f', conf, '-N', host]);
    const ended = await untilIn(node, session, final, 120_000);
    expect([ended.phase, await outputOf(node, session)]).toEqual(['COMPLETED', 'survived\n']);
    await untilAllIsThere();
  }, 300_000);

  it('is told that its host was drained, or starts on the one that Slurm put in its place', async () => {
    const session = await accepted(node, shell('echo ran').lasting({ min: 'PT10S', max: 'PT40S' }).from(soon(75)));
    const [, host = ''] = /Nodes=(\S+)/.exec(slurm('scontrol', '-o', 'show', 'res', `eb-${session.meta.uuid}`)) ?? [];
    slurm('scontrol', 'update', `NodeName=${host}`, 'State=DRAIN', 'Reason=test');
    const ended = await untilIn(node, session, final, 240_000).finally(() => slurm('scontrol', 'update', `NodeName=${host}`, 'State=RESUME'));
    expect(ended.phase === 'COMPLETED' || told(ended).includes('at-risk'), `${ended.phase} ${told(ended)}`).toBe(true);
    console.log(`drained host of a booked session: ${ended.phase}, ${told(ended)}`);
    await untilAllIsThere();
  }, 420_000);

  it('waits while the token that the site hands out has expired, and goes on when it is renewed', async () => {
    const file = `${node.folder}.token`;
    // Whole or not at all, as the broker may be reading it.
    const renew = (seconds: number): void => {
      writeFileSync(`${file}.new`, slurm('scontrol', 'token', 'username=alice', `lifespan=${seconds}`));
      renameSync(`${file}.new`, file);
    };
    // The broker reads the file again when less than a minute is left of what it has.
    renew(55);
    const other = await startLiveNode(`${instance}-token`, { users: undefined, rest: { ...restOfBed, token: { file } } });
    try {
      renew(55);
      const { wish, letGo } = heldShell(other, 'echo survived');
      const session = await accepted(other, wish);
      await expect.poll(async () => { renew(55); return (await other.client.session(session)).body.phase; }, { timeout: 90_000, interval: 2000 }).toBe('RUNNING');
      renew(1);
      await untilUnseen(other, session);
      renew(600);
      letGo();
      const ended = await untilIn(other, session, final);
      expect([ended.phase, await outputOf(other, session)]).toEqual(['COMPLETED', 'survived\n']);
      await expect.poll(() => leftOf(`${instance}-token`, other.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
    } finally {
      await other.stop();
    }
  }, 300_000);

  it('is cancelled while it waits, while it runs, and while it leaves', async () => {
    const waiting = await accepted(node, shell('sleep 60').lasting('PT2M').from(soon(600)));
    expect((await node.client.update(waiting, 'CANCELLED')).status).toBe(200);
    const running = await accepted(node, shell("trap 'sleep 1; exit 1' TERM; sleep 600 & wait").lasting(minutes).from(soon()));
    await untilIn(node, running, ['RUNNING']);
    expect((await node.client.update(running, 'CANCELLED')).status).toBe(200);
    expect((await node.client.update(running, 'CANCELLED')).status).toBe(409);
    expect((await untilIn(node, running, final)).phase).toBe('CANCELLED');
  }, 240_000);

  it('is refused with 503 while the controller is away, and the offer stays', async () => {
    const set = await node.client.ask(shell('true').lasting('PT30S').from(soon(240)));
    await stopped('slurmctld', 'SIGTERM');
    const refused = await node.client.update(set.offers[0], 'ACCEPTED');
    startController();
    expect(refused.status, JSON.stringify(refused.body)).toBe(503);
    await untilAllIsThere();
    const again = await node.client.update(set.offers[0], 'ACCEPTED');
    expect(again.status, JSON.stringify(again.body)).toBe(200);
    expect((await node.client.update(set.offers[0], 'CANCELLED')).status).toBe(200);
  }, 240_000);
});
