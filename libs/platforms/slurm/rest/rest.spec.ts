/** slurmrestd by recorded answers of v0.0.38, and by documented shapes of v0.0.40; against a real one: test/live/slurm. */
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionId } from '#model';
import { Commands } from '#platforms/batch';
import type { BatchJob } from '#platforms/batch';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { RestClient } from './rest.client.js';
import { mint, Tokens } from './tokens.js';
import type { TokenSource } from './tokens.js';
import { v38 } from './v0.0.38.js';
import { v40 } from './v0.0.40.js';
import type { Json } from './version.js';
import { list } from './version.js';

const fixture = (name: string): Readonly<Record<string, Json>> => JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')) as Record<string, Json>;
const recorded = fixture('v0.0.38.json');
const documented = fixture('v0.0.40-documented.json');
const session = (last: number): SessionId => `52fe607a-a7a3-4dd7-b608-78c76ba0f80${last}` as SessionId;
const job: BatchJob = { session: session(1), pool: 'main', user: 'alice', begin: 1_906_704_600_000, granted: { cores: 5, memory: 3, 'gpu:fake': 2 }, hosts: 2, length: 90_000, folder: '/s/run', output: '/s/run/output', reservation: 'eb-1' };

interface Asked { readonly method: string; readonly path: string; readonly user: string; readonly body: Json }

describe('slurmrestd', () => {
  let host: TestHost;
  let clock: HandClock;
  let folder: string;
  let asked: Asked[];
  let answers: (path: string, call: Asked) => { readonly status: number; readonly body: unknown };

  beforeEach(async () => {
    clock = HandClock.at('2030-06-03T08:00:00Z');
    folder = await mkdtemp(join(tmpdir(), 'slurm-rest-'));
    await writeFile(join(folder, 'key'), 'x'.repeat(32));
    asked = [];
    answers = (path) => ({ status: 200, body: recorded[path.split('/')[0] ?? ''] ?? {} });
    const fetchRecorded: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      const path = String(url as string).replace(/^http:\/\/login1:6820\/slurm(db)?\/v0\.0\.\d+\//, '');
      const call: Asked = { method: init?.method ?? 'GET', path, user: headers.get('X-SLURM-USER-NAME') ?? '', body: typeof init?.body === 'string' ? JSON.parse(init.body) as Json : {} };
      asked.push(call);
      const { status, body } = answers(path, call);
      return Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
    };
    host = await testHost({ clock, instance: 'bed', fetch: fetchRecorded, run: () => Promise.resolve({ code: 0, stdout: 'SLURM_JWT=a.b.c\n', stderr: '' }) });
  });
  afterEach(async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const tokens = (source?: TokenSource): Tokens => new Tokens(source ?? { kind: 'key', file: join(folder, 'key'), lifetime: 600_000 }, new Commands((argv) => host.run(argv), { prefix: [], asUser: [], environment: {} }), host);
  const client = (source?: TokenSource, by: TestHost = host): RestClient => new RestClient({ url: 'http://login1:6820', version: v38, user: 'broker', tokens: tokens(source), host: by });

  test('is asked once for all sessions, and believes names only with the comment of this broker', async () => {
    const found = await client().jobs([session(1), session(2), session(3), session(4)]);
    expect(found.map(({ id, state, why, waitStatus }) => [id, state, why, waitStatus])).toEqual([['3', 'PENDING', 'JobHeldUser', 0], ['4', 'FAILED', 'NonZeroExitCode', 768], ['5', 'PENDING', 'BeginTime', 0]]);
    expect(asked.map(({ path }) => path)).toEqual(['jobs']);
  });

  test('lists what has hosts, hosts that can be used, and reservations', async () => {
    const rest = client();
    expect((await rest.jobs()).map(({ id }) => id)).toEqual(['2', '6']);
    const hosts = await rest.hosts();
    expect(hosts.filter(({ partition }) => partition === 'main').map(({ name, isUsable }) => [name, isUsable])).toEqual([['n1', true], ['n2', true], ['n3', false], ['n4', false], ['n5', true]]);
    expect(hosts.find(({ partition }) => partition === 'short')).toEqual({ name: 'n1', partition: 'short', isUsable: true, resources: { cores: 8, memory: 16, 'gpu:fake': 2 }, longestRun: undefined });
    expect((await rest.reservations())[1]).toEqual({ name: 'r2', hosts: ['n1', 'n2', 'n3'], interval: { start: 1795245155_000, end: 1795245275_000 }, cores: 7, users: ['bob'], flags: [] });
  });

  test('is told a submission as it really takes it: times as text, an even share of each host, an environment', async () => {
    answers = () => ({ status: 200, body: recorded['held'] });
    expect(await client().submit(job, '#!/bin/bash\n', 'now')).toBe('1');
    await client().submit(job, '#!/bin/bash\n', job.begin);
    const [atOnce, timed] = asked.map(({ body }) => body['job'] as Json);
    expect(atOnce).toMatchObject({ nodes: '2-2', tasks: 2, cpus_per_task: 3, memory_per_node: 2048, gres: 'gpu:fake:1', time_limit: 2, reservation: 'eb-1', environment: { PATH: expect.stringContaining('/usr/bin') as string } });
    expect([timed?.['begin_time'], atOnce?.['begin_time'], asked[0]?.user]).toEqual(['uts1906704600', undefined, 'alice']);
  });

  test('that accepts nothing says why, and who can mend it', async () => {
    answers = () => ({ status: 500, body: recorded['limit'] });
    await expect(client().submit(job, '', 'now')).rejects.toMatchObject({ fixer: 'operator', message: expect.stringContaining('Requested time limit is invalid') as string });
  });

  test.for([['unknown', 500], ['held', 200]] as const)('forgives cancelling a job that is gone: %s', async ([name, status]) => {
    answers = () => ({ status, body: recorded[name] });
    await client().cancel({ id: '9999', session: session(1), user: 'alice' });
    expect(asked[0]).toMatchObject({ method: 'DELETE', path: 'job/9999', user: 'alice' });
  });

  test('with an "Unspecified error" is asked again with a new token when the controller is up', async () => {
    const refuse = [true];
    answers = (path) => (path === 'jobs' && refuse.pop() === true ? { status: 500, body: recorded['unspecified'] } : { status: 200, body: recorded[path] });
    expect(await client().jobs([session(1)])).toHaveLength(1);
    expect(asked.map(({ path }) => path)).toEqual(['jobs', 'ping', 'jobs']);
  });

  test('that refuses each token although the controller is up is a matter for the operator; a controller that is down, for time', async () => {
    answers = (path) => (path === 'ping' ? { status: 200, body: recorded['ping'] } : { status: 401, body: 'Authentication failure' });
    await expect(client().jobs([])).rejects.toMatchObject({ fixer: 'operator', reasons: [{ kind: 'urn:execution-broker:reason:token-refused' }] });
    answers = () => ({ status: 500, body: recorded['unspecified'] });
    await expect(client().jobs([])).rejects.toMatchObject({ fixer: 'time' });
  });

  test('does not get a submission twice though the answer to it is unclear', async () => {
    answers = (path) => (path === 'ping' ? { status: 200, body: recorded['ping'] } : { status: 500, body: recorded['unspecified'] });
    await expect(client().submit(job, '', 'now')).rejects.toMatchObject({ fixer: 'time' });
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('gets one token for each account until it ends; the log tells which was used and never its value', async () => {
    const rest = client();
    await rest.cancel({ id: '1', session: session(1), user: 'alice' });
    await rest.cancel({ id: '2', session: session(2), user: 'alice' });
    await rest.jobs([]);
    await clock.advance(550_000);
    await rest.cancel({ id: '4', session: session(4), user: 'alice' });
    const made = host.logged.filter(({ message }) => message.includes('token')).map(({ facts }) => facts['user']);
    expect(made).toEqual(['alice', 'broker', 'alice']);
    const used = host.logged.filter(({ message }) => message === 'asked slurmrestd').map(({ facts }) => String(facts['token']));
    expect([used[0] === used[1], used[0] === used[2], used[0]?.length]).toEqual([true, false, 8]);
    expect(host.used.map(({ session: of, account, what }) => [of, account, what])).toEqual([[session(1), 'alice', 'DELETE job/1'], [session(2), 'alice', 'DELETE job/2'], [session(4), 'alice', 'DELETE job/4']]);
    expect(host.used.map(({ mark }) => mark)).toEqual(used);
    expect(JSON.stringify([host.logged, host.used])).not.toContain('eyJ');
  });

  test('is not used where its use can not be written into the audit record', async () => {
    const rest = client(undefined, { ...host, recordUse: () => Promise.reject(new Error('no audit record')) });
    await expect(rest.cancel({ id: '1', session: session(1), user: 'alice' })).rejects.toThrow('no audit record');
    expect(asked).toEqual([]);
  });

  test('is shown tokens of the form that scontrol makes', async () => {
    const key = await readFile(join(folder, 'key'));
    const [head = '', payload = '', signature] = mint(key, { user: 'alice', now: 1_000_999, lifetime: 60_000 }).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({ exp: 1060, iat: 1000, sun: 'alice' });
    expect(signature).toBe(createHmac('sha256', key).update(`${head}.${payload}`).digest('base64url'));
  });

  test('takes tokens that the site hands out, by file or command, and says what is wrong with them', async () => {
    const file = join(folder, 'token');
    await writeFile(file, mint(Buffer.from('k'), { user: 'somebody', now: clock.now(), lifetime: 60_000 }));
    await expect(tokens({ kind: 'file', file }).for('broker')).rejects.toMatchObject({ message: expect.stringContaining('it is for somebody, not for broker') as string });
    await writeFile(file, mint(Buffer.from('k'), { user: 'broker', now: clock.now() - 120_000, lifetime: 60_000 }));
    await expect(tokens({ kind: 'file', file }).for('broker')).rejects.toMatchObject({ message: expect.stringContaining('it has expired') as string });
    await expect(tokens({ kind: 'key', file: join(folder, 'none'), lifetime: 1 }).for('broker')).rejects.toMatchObject({ fixer: 'operator' });
    expect((await tokens({ kind: 'command', argv: ['scontrol', 'token'] }).for('broker')).value).toBe('a.b.c');
  });
});

describe('shapes of v0.0.40, from its documentation', () => {
  const version = v40('v0.0.40');
  test('are read: wrapped numbers, states as lists', () => {
    const [running, failed, killed] = list(documented, 'jobs').map((one) => version.job(one));
    expect(running).toMatchObject({ id: '9', state: 'RUNNING', start: '1795245126', end: '1795245426', waitStatus: 0 });
    expect([failed?.waitStatus, killed?.waitStatus, killed?.end]).toEqual([768, 15, '0']);
    const hosts = version.hosts(list(documented, 'nodes'), list(documented, 'partitions'));
    expect(hosts).toEqual([
      { name: 'n1', partition: 'main', isUsable: true, resources: { cores: 8, memory: 16, 'gpu:a100': 4 }, longestRun: 86_400_000 },
      { name: 'n2', partition: 'main', isUsable: false, resources: { cores: 8, memory: 16 }, longestRun: 86_400_000 },
    ]);
    expect(list(documented, 'reservations').map((one) => version.reservation(one))).toMatchObject([{ name: 'm1', hosts: ['n1', 'n2'], interval: { start: 100_000, end: 200_000 }, flags: ['MAINT', 'SPEC_NODES'] }]);
  });
  test('are written: the script in the job, the environment as a list', () => {
    const body = version.submission({ job, name: 'eb-1', comment: 'c', script: '#!/bin/bash\n', when: job.begin });
    expect(body['job']).toMatchObject({ script: '#!/bin/bash\n', environment: [expect.stringMatching(/^PATH=/)], time_limit: { set: true, number: 2 }, begin_time: { set: true, number: 1_906_704_600 }, tres_per_node: 'gres/gpu:fake:1' });
  });
});
