import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import { slurmPlugin } from '#platforms/slurm';
import { platformContract } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, leftOf, sh } from './bed.js';

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
  payloads: {
    succeeds: sh('true'),
    fails: { executable: sh('exit 7'), exitCode: 7 },
    runsLong: sh('sleep 600 & wait'),
    prints: { executable: sh('echo said; echo complained >&2'), text: 'said\ncomplained' },
    ignoresStop: sh("trap '' TERM; while :; do sleep 1; done"),
    unfit: [
      { executable: { kind: kinds.localProcess, command: ['rm', '-rf', '/'] }, path: 'executable.command[0]' },
      { executable: { kind: kinds.localProcess }, path: 'executable.command' },
      { executable: sh('a\0b'), path: 'executable.command[1]' },
      { executable: sh('true', { environment: { LD_PRELOAD: '/tmp/x.so' } }), path: 'executable.environment.LD_PRELOAD' },
      { executable: { kind: kinds.dockerContainer, image: { locations: ['elsewhere/image:1'] }, command: ['true'] }, path: 'executable.image.locations' },
      { executable: { kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] } }, path: 'executable.command' },
      { executable: { kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command: ['true'], privileged: true }, path: 'executable.privileged' },
    ],
  },
  leftovers: () => Promise.resolve(leftOf(instance, config.folder)),
  tamper: {
    unreachable(host) {
      own(host).isCutOff = true;
      return Promise.resolve(() => { own(host).isCutOff = false; return Promise.resolve(); });
    },
    nativeCalls: (host) => own(host).calls,
  },
});
