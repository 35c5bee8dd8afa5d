/** Everything as one ordinary user: the broker, its jobs, the cluster itself. This process stops being root before it begins. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { slurmPlugin } from '#platforms/slurm';
import { platformContract } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import type { BedHost } from './bed.js';
import { askOf, bedHost, leftOf } from './bed.js';
import { payloads } from './payloads.js';

const { EB_BED_OWN_USER: user = '', EB_BED_OWN_CONF: conf = '', EB_BED_OWN_SCRATCH: scratch = '' } = process.env;
if (process.getuid?.() === 0) becomeOrdinary();

const instance = `own-${process.pid}`;
const config = {
  folder: join(scratch, instance), conf, partitions: [{ name: 'main' }], reservations: { style: 'nodes' },
  commands: { sh: { path: '/bin/sh', args: ['-c'] } }, docker: { launcher: 'charliecloud', images: { 'bed/*': '/nonexistent' } },
};
const own = (host: TestHost): BedHost => host as BedHost;

function becomeOrdinary(): void {
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, user], { encoding: 'utf8' })));
  if (!uid || !gid) throw new Error(`${user} is no ordinary user`);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

platformContract({
  name: 'slurm, wholly as one ordinary user',
  plugin: slurmPlugin,
  config,
  badConfigs: [{ raw: { ...config, users: { map: { '*': { user: 'bob' } } } }, path: 'users.asUser' }],
  makeHost: () => bedHost(instance, config.folder),
  pass: () => wait(100),
  patience: 400,
  deadline: 60_000,
  payloads,
  leftovers: () => Promise.resolve(leftOf(instance, config.folder, askOf(conf))),
  tamper: {
    unreachable(host) {
      own(host).isCutOff = true;
      return Promise.resolve(() => { own(host).isCutOff = false; return Promise.resolve(); });
    },
    nativeCalls: (host) => own(host).calls,
  },
});
