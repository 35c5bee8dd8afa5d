/** Storage that is handed over from one session to the next of its owner, in a folder of the account that they run as. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kinds } from '#model';
import type { Json } from '../../support/node.js';
import { bedConfig } from './bed.js';
import { outputOf, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `kept-${process.pid}`;
const folder = join(bedConfig(instance).folder, '..', `${instance}.kept`);
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];

let node: LiveNode;
beforeAll(async () => {
  mkdirSync(folder, { mode: 0o755 });
  node = await startLiveNode(instance, { kept: { folder, size: 5 } });
});
afterAll(async () => {
  await node.stop();
  rmSync(folder, { recursive: true });
});

/** What a session with it has printed, by a process or by a container. */
async function ran(text: string, storage: Json, { who = 'alice', mode = 'READWRITE', contained = false } = {}): Promise<string> {
  const asking = { client: node.as(who) };
  const compute = { kind: kinds.simpleCompute, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/mnt', mode, resource: 'it' }] };
  const executable = contained ? { executable: { kind: kinds.dockerContainer, image: { locations: ['bed/busybox'] }, command: ['/bin/sh', '-c', text.replaceAll('mnt/', '/mnt/')] } } : {};
  const set = await asking.client.ask(shell(text).lasting('PT5M').with({ compute, storage: [{ kind: kinds.persistentStorage, meta: { name: 'it' }, ...storage }], ...executable }));
  expect(set.result, JSON.stringify(set.meta.messages)).toBe('YES');
  const [offer] = set.offers;
  expect((await asking.client.update(offer, 'ACCEPTED')).status).toBe(200);
  const { phase, meta } = await untilIn(asking, offer, final, 300_000);
  expect(phase, JSON.stringify(meta.messages)).toBe('COMPLETED');
  return outputOf(asking, offer);
}

it('has for the next session what the one before has written, is for nobody else, and goes with all that was put into it', async () => {
  await ran('echo first >mnt/log', { name: 'results', size: { min: 1 } });
  const [id = ''] = readdirSync(folder);
  expect(execFileSync('stat', ['-c', '%U %a', join(folder, id, 'files')], { encoding: 'utf8' })).toBe('alice 2750\n');
  expect(await ran('cat mnt/log; echo second >>mnt/log', { name: 'results' }, { contained: true })).toBe('first\n');
  expect(await ran('cat mnt/log', { name: 'results', mode: 'READONLY' }, { mode: 'READONLY' })).toBe('first\nsecond\n');
  await ran('mkdir mnt/closed; echo x >mnt/closed/x; ln -s /etc mnt/closed/etc; chmod 0 mnt/closed', { name: 'results' });
  expect(await ran('ls mnt', { name: 'results', size: { min: 1 } }, { who: 'bob' })).toBe('');
  for (const who of ['alice', 'bob']) expect((await node.as(who).call('DELETE', '/storage/results')).status).toBe(204);
  await expect.poll(() => readdirSync(folder), { timeout: 60_000 }).toEqual([]);
  expect(existsSync('/etc/passwd')).toBe(true);
}, 1_200_000);
