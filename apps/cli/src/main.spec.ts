import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, FakeBroker, hangUp, json, problem, sse, text } from '#client/testing';
import { main } from './main.js';
import { CapturedTerminal } from './testing/captured-terminal.js';

let broker: FakeBroker;
let folder: string;
let terminal: CapturedTerminal;
const session = `/sessions/${aSessionUuid}`;
const ended = (code: number) => aWireSession(code === 0 ? 'COMPLETED' : 'FAILED', { messages: [{ kind: 'urn:execution-broker:message:outcome', values: { exitCode: String(code) }, message: `ended with ${code}` }] });

beforeEach(async () => {
  broker = await new FakeBroker().start();
  folder = await mkdtemp(join(tmpdir(), 'eb-cli-'));
  terminal = new CapturedTerminal({ EB_URL: broker.url, XDG_CONFIG_HOME: folder, LANG: 'C.UTF-8' });
});
afterEach(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const eb = (...argv: readonly string[]): Promise<number> => main(argv, terminal);

describe('eb ask', () => {
  it('makes a request of flags and shows the offers as a table in the local zone', async () => {
    broker.on('POST /requests', json(303, aWireOfferSet(), { location: `/offersets/${aSetUuid}` }));
    const code = await eb('ask', '--image', 'org/app:1@sha256:ab', '--cores', '2:4', '--memory', '8', '--duration', '90m', '--start', 'now/2h',
      '--data', 'cube=https://example.org/c.fits#sha256=ff', '--storage', 'out=10:20', '--mount', 'cube:/in', '--mount', 'out:/out:rw',
      '--env', 'A=b=c', '--port', '8888/http/lab', '--', 'run', 'it now');
    expect(code).toBe(0);
    expect(broker.seen[0]?.body).toEqual({
      executable: {
        kind: kinds.dockerContainer, image: { locations: ['org/app:1'], digest: 'sha256:ab' }, command: ['run', 'it now'], environment: { A: 'b=c' },
        network: { ports: [{ access: true, internal: { port: 8888 }, protocol: 'HTTP', path: '/lab' }] },
      },
      compute: {
        kind: kinds.simpleCompute, cores: { min: 2, max: 4 }, memory: { min: 8 },
        volumes: [{ kind: kinds.simpleVolume, resource: 'cube', path: '/in', mode: 'READONLY' }, { kind: kinds.simpleVolume, resource: 'out', path: '/out', mode: 'READWRITE' }],
      },
      storage: [{ kind: kinds.simpleStorage, meta: { name: 'out' }, size: { min: 10, max: 20 } }],
      data: [{ kind: kinds.simpleData, meta: { name: 'cube' }, location: 'https://example.org/c.fits', checksum: { type: 'sha256', value: 'ff' } }],
      schedule: { requested: { duration: 'PT90M', start: '2030-06-03T08:00:00Z/PT2H' } },
    });
    expect(terminal.stdout).toMatchInlineSnapshot(`
      "offer set 11111111-2222-4333-8444-555555555500

      #  START                       RUN FOR  CORES  MEMORY  COST     EXPIRES
      1  2030-06-03 11:00:00 +02:00  1h       2-4    8 GiB   0.1-0.5  2030-06-03 10:05:00 +02:00

      accept one with: eb accept 11111111-2222-4333-8444-555555555500 --offer 1
      "
    `);
  });

  it('reads YAML from stdin and lays flags over it', async () => {
    broker.on('POST /requests', json(200, aWireOfferSet()));
    terminal.input = Readable.from([Buffer.from('executable: { kind: k, command: [a] }\ncompute: { kind: c, cores: { min: 1 } }\n')]);
    await eb('ask', '-', '--memory', '2', '-o', 'json');
    expect(broker.seen[0]?.body).toEqual({ executable: { kind: 'k', command: ['a'] }, compute: { kind: 'c', cores: { min: 1 }, memory: { min: 2 } } });
    expect(JSON.parse(terminal.stdout)).toMatchObject({ result: 'YES' });
  });

  it('asks for accelerators and nodes by the kind that has them, and shows what is offered of them', async () => {
    const compute = { kind: kinds.acceleratedCompute, cores: { min: 2 }, accelerators: [{ type: 'gpu', model: 'nvidia-a100', count: { min: 4, max: 4 } }], nodes: { min: 2, max: 2 } };
    broker.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { compute }), aWireSession()])));
    await eb('ask', '--command', 'x', '--accelerator', 'gpu=2:4', '--accelerator', 'https://example.org/fpga', '--nodes', '2');
    expect((broker.seen[0]?.body as { compute: unknown }).compute).toEqual({ kind: kinds.acceleratedCompute, accelerators: [{ type: 'gpu', count: { min: 2, max: 4 } }, { type: 'https://example.org/fpga' }], nodes: { min: 2 } });
    expect(terminal.stdout).toContain('ACCELERATORS');
    expect(terminal.stdout).toContain('4 nvidia-a100 on 2 nodes');
  });

  it('quotes YES and NO in YAML, which older readers take for booleans', async () => {
    broker.on('POST /requests', json(200, aWireOfferSet([])));
    await eb('ask', '--command', 'node', '-o', 'yaml');
    expect(terminal.stdout).toContain('result: "NO"');
  });

  it('ends with 1 on a NO and prints every reason with its path', async () => {
    const reasons = [{ values: { path: 'compute.cores' }, template: 'at most {limit}', level: 'WARN' }, { message: 'ask again later' }];
    broker.on('POST /requests', json(200, aWireOfferSet([], [{ ...reasons[0], values: { path: 'compute.cores', limit: '4' } }, reasons[1]!])));
    expect(await eb('ask', '--command', 'node x.mjs')).toBe(1);
    expect(terminal.stdout).toBe('');
    expect(terminal.stderr).toBe('NO: the broker offers nothing for this request\n  compute.cores: at most 4\n  ask again later\n');
  });

  it.each([
    [['ask'], 'nothing to run'], [['ask', '--cores', 'many'], "--cores 'many'"], [['ask', '--accelerator', '=2'], "--accelerator '=2'"], [['ask', '--accelerator', 'gpu='], "--accelerator 'gpu='"], [['ask', '--start', 'soon', '--command', 'x'], "'soon' is not a start"],
    [['ask', '/nowhere/request.yaml'], "can't read"], [['nonsense'], 'unknown command'], [['offers'], 'missing required argument'], [['accept', 'x', '--offer', '0'], 'offers count from 1'],
  ])('ends with 2 and a hint on wrong usage: %j', async (argv, words) => {
    expect(await eb(...argv)).toBe(2);
    expect(terminal.stderr).toContain(words);
    expect(terminal.stderr).toContain('hint:');
  });
});

describe('eb accept', () => {
  it('takes the numbered offer of a set, the best of a set, or a session', async () => {
    broker.on(`GET /offersets/${aSetUuid}`, json(200, aWireOfferSet([aWireSession('REJECTED', { meta: { uuid: 'first' } }), aWireSession()])));
    broker.on(`POST ${session}`, json(200, aWireSession('ACCEPTED')));
    expect(await eb('accept', aSetUuid, '--offer', '2')).toBe(0);
    expect(await eb('accept', aSetUuid)).toBe(0);
    expect(await eb('accept', aSessionUuid)).toBe(0);
    expect(broker.calls(`POST ${session}`)).toHaveLength(3);
    expect(terminal.stdout).toContain('phase    ACCEPTED');
  });

  it('ends with 3 and shows why when it comes too late', async () => {
    broker.on(`POST ${session}`, problem(409, 'the offer has expired', { reasons: [{ message: 'it expired at 10:05' }] }));
    expect(await eb('accept', aSessionUuid)).toBe(3);
    expect(terminal.stderr).toContain('it expired at 10:05');
    expect(terminal.stderr).toContain('hint:');
  });
});

describe('eb run', () => {
  beforeEach(() => {
    broker.on('POST /requests', json(200, aWireOfferSet())).on(`POST ${session}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${session}/logs`, text('42\n'));
    broker.on(`GET ${session}/events`, text(sse(1, { kind: 'phase', phase: 'RUNNING' }) + sse(2, { kind: 'phase', phase: 'FAILED' }), 'text/event-stream'));
  });

  it("puts the payload's output on stdout alone and ends with the payload's exit code", async () => {
    broker.on(`GET ${session}`, json(200, ended(7)));
    expect(await eb('run', '--', 'node', '-e', 'x')).toBe(7);
    expect(terminal.stdout).toBe('42\n');
    expect(terminal.stderr).toContain('11:00:00 +02:00  RUNNING');
    expect(terminal.stderr).toContain('FAILED, exit code 7');
  });

  it('ends with 3 when the session failed before there was a payload', async () => {
    broker.on(`GET ${session}`, json(200, aWireSession('FAILED')));
    expect(await eb('run', '--', 'node')).toBe(3);
  });

  it('cancels at the first Ctrl-C and leaves at the second', async () => {
    broker.on(`GET ${session}/logs`, (_seen, response) => { response.writeHead(200).write('working\n'); });
    broker.on(`GET ${session}/events`, (_seen, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(1, { kind: 'phase', phase: 'RUNNING' })); });
    const running = eb('run', '--', 'node');
    await expect.poll(() => terminal.stdout).toBe('working\n');
    terminal.interrupt();
    await expect.poll(() => broker.calls(`POST ${session}`).map((call) => (call.body as { value: string }).value)).toEqual(['ACCEPTED', 'CANCELLED']);
    terminal.interrupt();
    expect(await running).toBe(130);
    expect(terminal.stderr).toContain(`left; see eb watch ${aSessionUuid}`);
  });

  it('does without logs and events on a plain v1.0 broker', async () => {
    broker.on(`GET ${session}/logs`, problem(404, 'no such thing')).on(`GET ${session}/events`, problem(404, 'no such thing'));
    broker.on(`GET ${session}`, json(200, aWireSession('RUNNING')), json(200, ended(0)));
    expect(await eb('run', '--', 'node')).toBe(0);
    expect(terminal.stderr).toContain('this broker shows no logs');
  });
});

describe('the other commands', () => {
  it('list sessions, show a log, cancel', async () => {
    broker.on('GET /sessions', json(200, { sessions: [aWireSession('RUNNING')] })).on(`GET ${session}/logs`, text('out\n')).on(`POST ${session}`, json(200, aWireSession('CANCELLED')));
    expect(await eb('--utc', 'sessions', '--phase', 'running')).toBe(0);
    expect(await eb('logs', aSessionUuid)).toBe(0);
    expect(await eb('cancel', aSessionUuid)).toBe(0);
    expect(terminal.stdout).toContain('2030-06-03 09:00:00 +00:00');
    expect(terminal.stdout).toContain('out\n');
    expect(terminal.stdout).toContain('CANCELLED');
    expect(await eb('sessions', '--phase', 'sleeping')).toBe(2);
  });

  it('draw the calendar', async () => {
    const free = [...Array<number>(12).fill(4), 0, 0, 1, 3, 4, 4].map((cores) => ({ cores, memory: cores * 2 }));
    broker.on('GET /capacity', json(200, { window: { start: '2030-06-03T08:00:00Z', end: '2030-06-03T17:00:00Z' }, step: 'PT30M', pools: [{ pool: 'here/main', total: { cores: 4, memory: 8 }, free }] }));
    expect(await eb('capacity', '--for', '9h')).toBe(0);
    expect(broker.seen[0]?.path).toBe('/capacity?from=2030-06-03T08%3A00%3A00Z&to=2030-06-03T17%3A00%3A00Z');
    expect(terminal.stdout).toMatchInlineSnapshot(`
      "                  10:00 +02:00 19:00
      here/main cores   ████████████··▂▆██  0-4 of 4
      here/main memory  ████████████··▂▆██  0-8 of 8
                        █ all free … · nothing free
      "
    `);
  });

  it('end with 3 and a hint when nobody answers', async () => {
    broker.on('GET /sessions', hangUp);
    expect(await eb('sessions')).toBe(3);
    expect(terminal.stderr).toContain('hint: is the broker running there?');
  });

  it('check a configuration file with the code of the node', async () => {
    const file = join(folder, 'node.yaml');
    await writeFile(file, 'http: { port: 99999 }\n');
    expect(await eb('check', file)).toBe(1);
    expect(terminal.stdout).toContain('http.port');
  });

  it('check the file of an aggregator with the code of the aggregator', async () => {
    const file = join(folder, 'aggregator.yaml');
    await writeFile(file, 'federation: { ranking: { type: weights, wiat: 1 } }\n');
    expect(await eb('check', file)).toBe(1);
    expect(terminal.stdout).toContain('federation.ranking.wiat: is not known here; did you mean wait?');
    await writeFile(file, 'members: [{ name: n1, url: "https://n1.example.org" }]\n');
    expect(await eb('check', file)).toBe(0);
    expect(await eb('check', '--live', file)).toBe(2);
  });

  it('print the JSON schema of an aggregator, with the keys of every ranking', async () => {
    expect(await eb('check', '--schema', '--aggregator')).toBe(0);
    const { properties: { federation: { properties: { ranking } } } } = JSON.parse(terminal.stdout) as { properties: { federation: { properties: { ranking: unknown } } } };
    expect(ranking).toMatchObject({ anyOf: [{ const: 'earliest' }, { const: 'cheapest' }, { properties: { type: { const: 'weights' }, wait: { type: 'number' } } }, { properties: { type: { const: 'http' } }, required: ['type', 'url'] }, { required: ['plugin'] }] });
  });

  it('look at the real platforms of a configuration', async () => {
    const file = join(folder, 'node.yaml');
    await writeFile(file, 'platforms: [{ name: stage, type: scripted }]\n');
    expect(await eb('check', '--live', file)).toBe(0);
    expect(terminal.stdout).toMatch(/good +stage: capacity: stage\/main has 16 cores/);
  });

  it('say what is bad of a real platform, and what mends it', async () => {
    const file = join(folder, 'node.yaml');
    await writeFile(file, `platforms: [{ name: cluster, type: slurm, folder: ${folder}, partitions: [{ name: main }], commands: { sh: { path: /bin/sh } }, prefix: [${join(folder, 'no-such-command')}] }]\n`);
    expect(await eb('check', '--live', file)).toBe(1);
    expect(terminal.stdout).toMatch(/bad +cluster: /);
  });
});

describe('who and where', () => {
  it('keeps contexts in a file for the user only, and uses the current one', async () => {
    terminal = new CapturedTerminal({ XDG_CONFIG_HOME: folder, SITE_PASSWORD: 'secret' });
    broker.on('GET /sessions', json(200, { sessions: [] }));
    expect(await eb('--url', broker.url, '--user', 'alice', 'context', 'set', 'site', '--password-env', 'SITE_PASSWORD')).toBe(0);
    const file = join(folder, 'eb/contexts.yaml');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain('secret');
    expect(await eb('sessions')).toBe(0);
    expect(broker.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('alice:secret').toString('base64')}`);
    expect(await eb('context', 'list')).toBe(0);
    expect(terminal.stdout).toMatch(/\* +site +http/);
    expect(await eb('context', 'use', 'other')).toBe(2);
    expect(await eb('context', 'remove', 'site')).toBe(0);
  });

  it("does not send a context's password to another address", async () => {
    await eb('--url', 'http://127.0.0.1:1', '--user', 'alice', 'context', 'set', 'site', '--password-env', 'EB_URL');
    expect(await eb('--user', 'alice', 'sessions')).toBe(2);
    expect(terminal.stderr).toContain('no password for alice');
    expect(broker.seen).toEqual([]);
  });

  it('enters maintenance, names what is in the way, and lists the calendar', async () => {
    const reasons = [{ template: 'promises are in the way: {count}', values: { count: '1' } }, { template: 'session {session} of {owner} runs {run}', values: { session: 's1', owner: 'local:bob', run: '2030-06-03T13:00:00Z/PT1H' } }];
    broker.on('POST /admin/calendar', json(409, { title: 'Not as things are now', status: 409, reasons }));
    const words = ['--utc', 'admin', 'calendar', 'add', 'maintenance', 'stage/main', '--amount', 'cores=8', '--when', '2030-06-03T12:00/4h', '--note', 'switches'];
    expect(await eb(...words)).toBe(1);
    expect(terminal.stderr).toContain('session s1 of local:bob runs 2030-06-03T13:00:00Z/PT1H');
    expect(broker.seen[0]?.body).toEqual({ kind: 'maintenance', pool: 'stage/main', when: ['2030-06-03T12:00:00Z/PT4H'], amounts: { cores: 8 }, note: 'switches' });
    const times = [{ start: '2030-06-03T12:00:00Z', end: '2030-06-03T16:00:00Z' }];
    const entry = { id: 'e1', kind: 'maintenance', pool: 'stage/main', amounts: { cores: 8 }, times, forced: true, isWhole: false, note: 'switches', created: '2030-06-01T00:00:00Z' };
    broker.on('POST /admin/calendar', json(201, entry)).on('GET /admin/calendar', json(200, { entries: [entry] }));
    expect(await eb(...words, '--force')).toBe(0);
    expect(terminal.stderr).toContain('the rest when it becomes free');
    expect(await eb('--utc', 'admin', 'calendar', 'list')).toBe(0);
    expect(terminal.stdout).toMatch(/e1 +maintenance +stage\/main +8 cores +.*in part +switches/);
  });

  it('enters a weekly block by the local clock, and removes it', async () => {
    broker.on('POST /admin/calendar', json(201, { id: 'e1', kind: 'block', pool: 'stage/main', times: [], isWhole: true }));
    const words = ['--amount', 'cores=50', '--when', '2030-06-06T13:45/2030-06-06T17:00', '--count', '6', '--every', '7d', '--group', 'ws', '--grace', '20m', '--dry'];
    expect(await eb('--utc', 'admin', 'calendar', 'add', 'block', 'stage/main', ...words)).toBe(0);
    expect(broker.seen[0]).toMatchObject({ path: '/admin/calendar?dry=true', body: { repeat: { count: 6, every: 'P7D', zone: 'utc' }, grace: 'PT20M', group: 'ws' } });
    expect(await eb('admin', 'calendar', 'add', 'block', 'stage/main', '--when', 'now/1h', '--count', '2')).toBe(2);
    broker.on('DELETE /admin/calendar/e1', json(204, undefined));
    expect(await eb('admin', 'calendar', 'remove', 'e1', '--force')).toBe(0);
    expect(broker.seen.at(-1)?.path).toBe('/admin/calendar/e1?force=true');
  });

  it('takes new passwords from a prompt, never from an argument', async () => {
    broker.on('POST /admin/accounts', json(201, {}));
    expect(await eb('admin', 'accounts', 'add', 'bob')).toBe(2);
    terminal.askSecret = () => Promise.resolve('hunter22');
    expect(await eb('admin', 'accounts', 'add', 'bob', '--role', 'user,admin')).toBe(0);
    expect(broker.seen[0]?.body).toEqual({ name: 'bob', password: 'hunter22', roles: ['user', 'admin'], groups: [] });
  });
});
