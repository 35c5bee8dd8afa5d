import { setTimeout as wait } from 'node:timers/promises';
import { slurmPlugin } from '#platforms/slurm';
import { platformContract } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, leftOf } from './bed.js';
import { payloads } from './payloads.js';

// Of this run alone: what a broken-off run has left must not count.
const instance = `live-${process.pid}`;
const config = bedConfig(instance, { reservations: { style: 'cores' } });
const own = (host: TestHost): BedHost => host as BedHost;

platformContract({
  name: 'slurm, by its command line',
  plugin: slurmPlugin,
  config,
  badConfigs: [
    { raw: { ...config, folder: 'scratch' }, path: 'folder' },
    { raw: { ...config, partitions: [] }, path: 'partitions' },
    { raw: { ...config, reservations: { style: 'racks' } }, path: 'reservations.style' },
    { raw: { ...config, reservations: { style: 'cores', from: '10' } }, path: 'reservations.from' },
    { raw: { ...config, users: { asUser: ['sudo'], map: { '*': { user: 'root' } } } }, path: 'users.map.*.user' },
  ],
  makeHost: () => bedHost(instance, config.folder),
  pass: () => wait(100),
  patience: 400,
  deadline: 60_000,
  payloads,
  leftovers: () => Promise.resolve(leftOf(instance, config.folder)),
  tamper: {
    unreachable(host) {
      own(host).isCutOff = true;
      return Promise.resolve(() => { own(host).isCutOff = false; return Promise.resolve(); });
    },
    nativeCalls: (host) => own(host).calls,
  },
});
