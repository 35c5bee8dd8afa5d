/** Everything as one ordinary user: the broker, its jobs, the cluster itself. This process stops being root before it begins. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askOf } from './bed.js';
import { clusterContract } from './cluster-contract.js';

const { EB_BED_OWN_USER: user = '', EB_BED_OWN_CONF: conf = '', EB_BED_OWN_SCRATCH: scratch = '' } = process.env;
if (process.getuid?.() === 0) becomeOrdinary();

const instance = `own-${process.pid}`;
const config = {
  folder: join(scratch, instance), conf, partitions: [{ name: 'main' }], reservations: { style: 'nodes' },
  commands: { sh: { path: '/bin/sh', args: ['-c'] } }, kept: { folder: join(scratch, `${instance}.kept`), size: 5 }, docker: { launcher: 'charliecloud', images: { 'bed/*': '/nonexistent' } },
};
mkdirSync(config.kept.folder, { recursive: true });

function becomeOrdinary(): void {
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, user], { encoding: 'utf8' })));
  if (!uid || !gid) throw new Error(`${user} is no ordinary user`);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

clusterContract({
  name: 'slurm, wholly as one ordinary user',
  instance,
  config,
  badConfigs: [{ raw: { ...config, users: { map: { '*': { user: 'bob' } } } }, path: 'users.asUser' }],
  ask: askOf(conf),
});
