import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Executable, SessionId } from '#model';
import { kinds } from '#model';
import { platformContract, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { localPlugin } from '../index.js';
import { processesWith, sendSignal } from './procfs.js';

const sh = (text: string): Executable => ({ kind: kinds.localProcess, command: ['sh', text] });

/** Sessions that a test's host has ever had a folder for, so that processes without a folder are found too. */
const known = new Map<TestHost, Set<SessionId>>();

function leftovers(host: TestHost): Promise<readonly string[]> {
  const list = (name: string): string[] => { try { return readdirSync(join(host.folder, name)); } catch (fault) { if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return []; throw fault; } };
  const seen = known.get(host) ?? new Set();
  known.set(host, seen);
  const folders = list('sessions') as SessionId[];
  folders.forEach((session) => seen.add(session));
  const processes = [...seen].flatMap((session) => processesWith('EB_SESSION', session)).map((pid) => `process ${pid}`);
  return Promise.resolve([...folders, ...list('bells'), ...processes]);
}

platformContract({
  name: 'local, processes',
  plugin: localPlugin,
  config: { cores: 4, memory: 8, kept: { size: 5 }, process: { commands: { sh: { path: '/bin/sh', args: ['-c'] } }, environment: ['GREETING'], stopGrace: 'PT0.3S' }, containers: { enabled: 'off' } },
  badConfigs: [
    { raw: { cores: 'many' }, path: 'cores' },
    { raw: { process: { commands: { x: { path: 'bin/x' } } } }, path: 'process.commands.x.path' },
    { raw: { process: { comands: {} } }, path: 'process.comands' },
    { raw: { longestRun: '1 day' }, path: 'longestRun' },
    { raw: { containers: { socket: 'ssh://elsewhere' } }, path: 'containers.socket' },
  ],
  makeHost: async () => {
    const host = await testHost({ clock: systemClock });
    known.set(host, new Set());
    return host;
  },
  pass: async (host) => { await leftovers(host); await wait(15); },
  patience: 2_000,
  deadline: 60_000,
  payloads: {
    succeeds: sh('true'),
    fails: { executable: sh('exit 7'), exitCode: 7 },
    runsLong: sh('sleep 600 & wait'),
    unfit: [
      { executable: { kind: kinds.localProcess, command: ['rm', '-rf', '/'] }, path: 'executable.command[0]' },
      { executable: { kind: kinds.localProcess }, path: 'executable.command' },
      { executable: { kind: kinds.localProcess, command: ['sh', 'a\0b'] }, path: 'executable.command[1]' },
      { executable: { ...sh('true'), environment: { LD_PRELOAD: '/tmp/x.so' } }, path: 'executable.environment.LD_PRELOAD' },
      { executable: { kind: kinds.dockerContainer }, path: 'executable.kind' },
    ],
    prints: { executable: sh('echo said; echo complained >&2'), text: 'said\ncomplained' },
    ignoresStop: sh("trap '' TERM; while :; do sleep 1; done"),
    evicted: sh('kill -KILL 0'),
  },
  leftovers,
  tamper: {
    async vanish(host, handle) {
      for (const pid of processesWith('EB_SESSION', handle.session)) sendSignal(pid, 'SIGKILL');
      await rm(join(host.folder, 'sessions', handle.session), { recursive: true, maxRetries: 5 });
    },
  },
});
