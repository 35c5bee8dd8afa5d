import { once } from 'node:events';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan, PoolId, RequesterId, Resources, SessionId, Spread } from '#model';
import { kinds, reason } from '#model';
import type { RunCommand } from '#plugin-sdk';
import { aDraft, aPlan } from '#plugin-sdk/testing';
import { Accounts } from './accounts.js';
import { judgeDraft, judgePool } from './assess.js';
import { judge } from './batch.states.js';
import { Commands, shellWord } from './commands.js';
import type { BatchConfig } from './config.js';
import { emptyFolders } from './empty-folders.js';
import { containerWords, launchers, launchLine } from './launchers.js';
import type { NativePool } from './dialect.js';
import { imageAt, scriptOf } from './script.js';
import { SessionFolder } from './session-folder.js';
import { demandOf } from './spread.js';

const config: BatchConfig = {
  folder: '/shared', longestRun: 3_600_000, preparing: 2000, remote: { prefix: [], asUser: [], environment: {} }, accounts: new Accounts([]), serviceUser: undefined, waysIn: undefined, onEachHost: ['srun'],
  commands: new Map([['sh', { path: '/bin/sh', args: ['-c'] }]]), variables: [],
  docker: { launcher: 'podman', options: [], images: [{ pattern: 'survey/*', at: '{image}' }, { pattern: 'local.1', at: '/images/one' }] }, singularity: undefined,
  accelerators: [], mostHosts: 1, kept: undefined,
};

describe('a word for a shell', () => {
  test('comes back unchanged, whatever is in it', () => {
    fc.assert(fc.property(fc.array(fc.string().filter((word) => !word.includes('\0')), { minLength: 1, maxLength: 8 }), (words) => {
      const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' });
      expect(said.split('\0').slice(0, -1)).toEqual(words);
    }), { numRuns: 60 });
  });
});

describe('the images of a site', () => {
  const site = config.docker ?? { launcher: 'podman' as const, options: [], images: [] };
  test.for([['survey/a:1', 'survey/a:1'], ['local.1', '/images/one'], ['localx1', undefined], ['elsewhere/a', undefined], ['survey/../../etc', undefined], ['-v/etc:/etc', undefined]] as const)('%s is found at %s', ([image, at]) => {
    expect(imageAt(image, site)).toBe(at);
  });
});

describe('the command line of a container', () => {
  const session = '7f1b2c3d-0000-4000-8000-000000000001' as SessionId;
  const run = { session, image: 'survey/a:1', options: ['--quiet'], binds: [{ host: '/shared/in', path: '/in', mode: 'ro' as const }], environment: { A: 'b c' }, entrypoint: '/bin/e', command: ['x', 'y z'], isOpen: false };
  test.for([
    ['charliecloud', ['ch-run', '--quiet', '--bind=/shared/in:/in', '--set-env=A=b c', 'survey/a:1', '--', '/bin/e', 'x', 'y z']],
    ['podman', ['podman', '--quiet', 'run', '--rm', `--name=eb-${session}`, '--network=none', '--volume=/shared/in:/in:ro', '--env=A=b c', '--entrypoint=/bin/e', 'survey/a:1', 'x', 'y z']],
    ['apptainer', ['apptainer', 'exec', '--containall', '--quiet', '--bind=/shared/in:/in:ro', '--env=A=b c', 'survey/a:1', '/bin/e', 'x', 'y z']],
  ] as const)('of %s', ([name, line]) => {
    expect(launchLine(launchers[name], run)).toEqual(line);
  });
  test('that outlives its job is ended by its launcher, and keeps its exit code otherwise', () => {
    const asked = (script: string): { status: number | null; stderr: string } => {
      const launcher = { ...launchers.podman, start: ['sh', '-c', script, '{session}'], stop: ['sh', '-c', 'echo "$@" >&2', 'stop', '{options}', '{session}'], closed: [], bind: [], variable: [], image: [] };
      const [file = '', ...words] = containerWords(launcher, { ...run, entrypoint: undefined, options: ["it's"] });
      return spawnSync(file, words, { encoding: 'utf8' });
    };
    expect(asked('exit 5')).toMatchObject({ status: 5, stderr: '' });
    expect(asked('kill -TERM $PPID; exec sleep 1 >/dev/null 2>&1')).toMatchObject({ status: 143, stderr: `it's ${session}\n` });
  });
});

describe('the options of a launcher', () => {
  test('name the account that runs it', () => {
    const docker = { launcher: 'podman' as const, options: ['--root=/local/{user}'], images: [{ pattern: '*', at: '{image}' }] };
    const plan = aPlan(aDraft({ kind: kinds.dockerContainer, image: { locations: ['a:1'] }, command: ['true'] }, { owner: 'local:al' as RequesterId }), { platform: 'p', start: 0 });
    const script = scriptOf(plan, new SessionFolder('/shared', plan.session), { ...config, docker, accounts: new Accounts([['local:*', { user: '{*}ice' }]]) });
    expect(script).toContain('podman --root=/local/alice run --rm');
  });
});

describe('a draft', () => {
  test('of a requester without an account is refused', () => {
    const mapped = { ...config, accounts: new Accounts([['local:alice', { user: 'alice' }]]) };
    const draft = aDraft({ kind: kinds.localProcess, command: ['sh', 'true'] }, { owner: 'local:mallory' as RequesterId });
    expect(judgeDraft(draft, mapped).map(({ kind }) => kind)).toEqual(['urn:execution-broker:reason:no-account']);
  });
  test('with a digest, privileges and a port says no to each', () => {
    const executable = { kind: kinds.dockerContainer, image: { locations: ['survey/a:1'], digest: `sha256:${'0'.repeat(64)}` }, privileged: true, network: { ports: [{ access: true, internal: { port: 80 } }] } };
    expect(judgeDraft(aDraft(executable), config).map(({ path }) => path)).toEqual(['executable.privileged', 'executable.network.ports', 'executable.image.digest']);
  });
});

describe('the variables of a request', () => {
  const refused = (environment: Readonly<Record<string, string>>): unknown[] => {
    const executable = { kind: kinds.dockerContainer, image: { locations: ['survey/a:1'] }, environment };
    return judgeDraft(aDraft(executable), config).map(({ kind, path }) => [kind.split(':').at(-1), path]);
  };
  test('are refused where no program could be started with them', () => {
    expect(refused({ A: 'a'.repeat(130_000) })).toEqual([]);
    expect(refused({ A: 'ä'.repeat(66_000) })).toEqual([['too-long', 'executable.environment.A']]);
    expect(refused(Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, 'a'.repeat(130_000)])))).toEqual([['too-long', 'executable.environment']]);
  });
});

describe('a pool', () => {
  const pool = { name: 'main', total: { cores: 32, memory: 64, gpu: 4 }, largestHost: { cores: 8, memory: 16, gpu: 2 }, mostHosts: 3, givesWholeHosts: false, longestRun: 86_400_000, taken: [] };
  const wish = (gpu: number, days: number) => aDraft({ kind: kinds.localProcess }, { need: { min: { cores: 1, memory: 1, gpu }, max: { cores: 1, memory: 1, gpu } }, duration: { min: days * 86_400_000, max: days * 86_400_000 } });
  const refused = (...given: Parameters<typeof judgePool>): unknown[] => judgePool(...given).map(({ kind, path, values }) => [kind.split(':').at(-1), path, values['most'] ?? values['longest']]);
  test('refuses with every limit that is broken: its own, the one of the platform, the share of the broker', () => {
    expect(judgePool(wish(1, 1), pool, Infinity)).toEqual([]);
    expect(refused(wish(1000, 30), pool, Infinity)).toEqual([['too-big', 'compute.accelerators', '4'], ['too-long', 'schedule.requested.duration', 'P1D']]);
    expect(refused(wish(4, 1), { ...pool, mostHosts: 1 }, 3_600_000)).toEqual([['too-big', 'compute.accelerators', '2'], ['too-long', 'schedule.requested.duration', 'PT1H']]);
  });
});

describe('folders of payloads', () => {
  test('are opened where the payload has closed them, and emptied then, all as its account', async () => {
    const asked: string[] = [];
    let isClosed = true;
    const run: RunCommand = (argv) => {
      const words = argv.filter((word) => !word.startsWith('PATH=')).join(' ');
      asked.push(words);
      const code = words.endsWith('-delete') && isClosed ? 1 : 0;
      if (words.includes('chmod')) isClosed = false;
      return Promise.resolve({ code, stdout: '', stderr: '' });
    };
    const commands = new Commands(run, { prefix: [], asUser: ['sudo', '-u', '{user}'], environment: {} });
    await emptyFolders(['/shared/a', '/shared/b'], 'alice', commands);
    const empty = 'sudo -u alice env -i find /shared/a /shared/b -mindepth 1 -delete';
    expect(asked).toEqual([empty, 'sudo -u alice env -i find /shared/a /shared/b -type d ! -perm -700 -exec chmod u+rwx {} ;', empty]);
    asked.length = 0;
    await emptyFolders(['/shared/a'], 'alice', commands);
    expect(asked).toHaveLength(1);
  });
});

describe('a pool whose hosts are all away', () => {
  test('says so, and not that the request is too big', () => {
    const away: NativePool = { name: 'main', total: {}, largestHost: {}, mostHosts: 0, givesWholeHosts: false, longestRun: undefined, taken: [] };
    expect(judgePool(aDraft({ kind: kinds.localProcess }), away, Infinity).map(({ kind }) => kind)).toEqual(['urn:execution-broker:reason:no-hosts']);
  });
});

describe('a session over several hosts', () => {
  const pool: NativePool = { name: 'main', total: { cores: 64, memory: 256, a100: 32 }, largestHost: { cores: 8, memory: 32, a100: 4 }, mostHosts: 8, givesWholeHosts: false, longestRun: undefined, taken: [] };
  const wish = (amounts: Resources, spread?: Spread) => aDraft({ kind: kinds.localProcess }, { need: { min: amounts, max: amounts }, ...(spread ? { spread } : {}) });
  const amounts = fc.record({ cores: fc.integer({ min: 1, max: 70 }), memory: fc.integer({ min: 1, max: 300 }), a100: fc.integer({ min: 1, max: 40 }) });
  const spreads = fc.option(fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 9 })).map(([min, more]) => ({ min, max: min + more })), { nil: undefined });

  test('has what was asked for, in equal parts that a host has, on as many hosts as were wanted', () => {
    fc.assert(fc.property(amounts, spreads, (size, spread) => {
      const draft = wish(size, spread);
      fc.pre(judgePool(draft, pool, Infinity).length === 0);
      const { min, hosts = 1 } = demandOf(draft, pool, 'bed/main' as PoolId);
      for (const [name, amount] of Object.entries(size)) {
        const given = min[name] ?? 0;
        expect(given).toBeGreaterThanOrEqual(amount);
        expect(given % hosts).toBe(0);
        expect(given / hosts).toBeLessThanOrEqual(pool.largestHost[name] ?? 0);
      }
      expect(hosts).toBeGreaterThanOrEqual(spread?.min ?? 1);
      expect(hosts).toBeLessThanOrEqual(Math.min(pool.mostHosts, spread?.max ?? Infinity));
    }), { numRuns: 500 });
  });
  test('is refused where no so many hosts are given, and where so few have too little', () => {
    expect(judgePool(wish({ cores: 1, memory: 1 }, { min: 9, max: 9 }), pool, Infinity)).toMatchObject([{ path: 'compute.nodes.min', values: { asked: '9', most: '8' } }]);
    expect(judgePool(wish({ cores: 1, memory: 1, a100: 9 }, { min: 1, max: 2 }), pool, Infinity)).toMatchObject([{ path: 'compute.accelerators', values: { asked: '9', most: '8' } }]);
  });
});

describe('what the folder tells', () => {
  const traces = { isThere: true, isPrepared: true, wasSubmitted: true, began: true, cancelled: false, code: undefined };
  test.for([
    ['a ghost that Slurm shows as running has ended', { code: 0 }, { seen: 'running' }, { seen: 'ended', outcome: 'succeeded' }],
    ['an exit code beyond all signals is an exit code', { code: 255 }, undefined, { seen: 'ended', exitCode: 255, reason: { kind: 'urn:execution-broker:reason:exit-code' } }],
    ['a payload that was killed for somebody else was preempted', { code: 143 }, { seen: 'ended', outcome: 'evicted', reason: reason('preempted', '') }, { seen: 'ended', outcome: 'evicted', exitCode: 143, reason: { kind: 'urn:execution-broker:reason:preempted' } }],
    ['a payload that a signal ended, of which the scheduler says no more, was ended by it', { code: 137 }, { seen: 'ended', outcome: 'failed', reason: reason('failed', '') }, { seen: 'ended', exitCode: 137, reason: { kind: 'urn:execution-broker:reason:ended-by-signal' } }],
    ['a payload that we had killed is cancelled, whatever else is said', { code: 143, cancelled: true }, { seen: 'ended', outcome: 'evicted', reason: reason('preempted', '') }, { seen: 'ended', outcome: 'cancelled' }],
    ['a success that turned into a time-out is a success', { code: 0 }, { seen: 'ended', outcome: 'failed' }, { seen: 'ended', outcome: 'succeeded' }],
    ['an end that we asked for is a cancellation', { cancelled: true }, { seen: 'ended', outcome: 'evicted' }, { seen: 'ended', outcome: 'cancelled' }],
    ['a job that nobody knows, whose payload began, was thrown out', {}, undefined, { seen: 'ended', outcome: 'evicted' }],
    ['a job that nobody knows, whose payload never began, is gone', { began: false }, undefined, { seen: 'gone' }],
    ['a job that failed without a note of its payload was cut off', {}, { seen: 'ended', outcome: 'failed', exitCode: 1, reason: reason('failed', '') }, { seen: 'ended', outcome: 'evicted', reason: { kind: 'urn:execution-broker:reason:cut-off' } }],
    ['a job that was prepared after its time is ready to be submitted', { wasSubmitted: false, began: false }, undefined, { seen: 'ready' }],
    ['a session without a folder is gone, whatever runs', { isThere: false }, { seen: 'running' }, { seen: 'gone' }],
  ] as const)('%s', ([_title, more, native, expected]) => {
    expect(judge({ ...traces, ...more }, native)).toMatchObject(expected);
  });
});

describe('the script of a job', () => {
  let root: string;
  let folder: SessionFolder;
  let plan: Plan;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'batch-'));
    plan = aPlan(aDraft({ kind: kinds.localProcess, command: ['sh', "echo it's $EB_CORES; exit 7"] }), { platform: 'p', start: 0 });
    folder = new SessionFolder(root, plan.session);
    await folder.make('run', 'work');
  });
  afterEach(async () => { await rm(root, { recursive: true, force: true }); });

  const run = async (): Promise<{ code: number; said: string }> => {
    const file = folder.at('script');
    await writeFile(file, scriptOf(plan, folder, config));
    await chmod(file, 0o755);
    try {
      return { code: 0, said: execFileSync(file, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
    } catch (fault) {
      const { status, stdout } = fault as { status: number; stdout: string };
      return { code: status, said: stdout };
    }
  };

  test('runs the payload, keeps its exit code, and runs it no second time', async () => {
    plan = { ...plan, executable: { kind: kinds.localProcess, command: ['sh', `echo "it's $EB_CORES"; exit 7`] } };
    expect(await run()).toEqual({ code: 7, said: "it's 1\n" });
    expect(await folder.read('run', 'code')).toBe('7\n');
    expect(await run()).toEqual({ code: 75, said: '' });
    expect(await folder.read('run', 'code')).toBe('7\n');
  });

  test('has no line break that sbatch would refuse, and gives its payload those that were asked for', async () => {
    plan = { ...plan, executable: { kind: kinds.localProcess, command: ['sh', `printf %s "$1" "$GREETING"`, 'sh', "it's\r\nso\r"], environment: { GREETING: 'a\r\nb' } } };
    expect(scriptOf(plan, folder, config)).not.toContain('\r');
    expect(await run()).toEqual({ code: 0, said: "it's\r\nso\ra\r\nb" });
  });

  test('is not deceived by what a payload put in place of its exit code', async () => {
    await folder.make('run', 'code');
    expect(await folder.read('run', 'code')).toBeUndefined();
    await rm(folder.at('run', 'code'), { recursive: true });
    const socket = createServer().listen(folder.at('run', 'code'));
    await once(socket, 'listening');
    expect(await folder.read('run', 'code')).toBeUndefined();
    socket.close();
  });

  test('is not deceived by a link that a payload put in place of its exit code', async () => {
    await symlink('/etc/hostname', folder.at('run', 'code'));
    expect(await folder.read('run', 'code')).toBeUndefined();
  });
});
