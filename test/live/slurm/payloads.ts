/** Payloads for the contract of platforms, the same for every way into the cluster. */
import { kinds } from '#model';
import type { Payloads } from '#plugin-sdk/testing';
import { sh } from './bed.js';

export const payloads: Payloads = {
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
};
