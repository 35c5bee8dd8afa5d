import { setTimeout as wait } from 'node:timers/promises';
import { slurmPlugin } from '#platforms/slurm';
import { platformContract } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, leftOf, restOfBed } from './bed.js';
import { payloads } from './payloads.js';

const instance = `rest-${process.pid}`;
const config = bedConfig(instance, { reservations: { style: 'cores' }, rest: restOfBed, users: { map: { 'local:tester': { user: 'alice', account: 'stars' } } } });
const own = (host: TestHost): BedHost => host as BedHost;

platformContract({
  name: 'slurm, by slurmrestd v0.0.38 with a token for each account',
  plugin: slurmPlugin,
  config,
  badConfigs: [
    { raw: { ...config, rest: { ...restOfBed, version: 'v0.0.1' } }, path: 'rest.version' },
    { raw: { ...config, rest: { ...restOfBed, user: 'root' } }, path: 'rest.user' },
    { raw: { ...config, rest: { ...restOfBed, token: { command: ['scontrol', 'token'] } } }, path: 'rest.token' },
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
