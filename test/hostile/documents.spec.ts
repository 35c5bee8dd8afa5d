/** Documents that are meant to harm: each is refused with a fix, quickly, and harms nobody who comes after. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { kinds } from '#model';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const authorization = `Basic ${Buffer.from('alice:correct horse battery staple').toString('base64')}`;
let node: TestNode;
beforeAll(async () => {
  node = await startNode({
    platforms: [
      { name: 'stage', type: 'scripted', pools: { main: { cores: 16, memory: 64, storage: 100 } }, executables: ['scripted'] },
      { name: 'here', type: 'local', cores: 4, memory: 8, storage: 10, process: { commands: { true: { path: 'true' } } }, containers: { enabled: 'off' } },
    ],
  });
});
afterAll(() => node.stop());

async function post(type: string, body: string): Promise<{ status: number; body: Json }> {
  const answer = await request(`${node.running.url}/requests`, { method: 'POST', headers: { 'content-type': type, accept: 'application/json', authorization }, body });
  return { status: answer.statusCode, body: await answer.body.json() };
}

const xml = (inside: string, before = ''): string => `<?xml version="1.0"?>${before}<ExecutionRequest>${inside}</ExecutionRequest>`;
const laughs = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join('');

const harmful: readonly [string, string, string][] = [
  ['a key __proto__', 'application/json', '{"__proto__":{"admin":true}}'],
  ['a key constructor, deep inside', 'application/json', '{"executable":{"meta":{"constructor":{"prototype":{"admin":true}}}}}'],
  ['a key __proto__ in YAML', 'application/yaml', '__proto__: { admin: true }'],
  ['an element __proto__', 'application/xml', xml('<__proto__><admin>true</admin></__proto__>')],
  ['depth in JSON', 'application/json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['depth in YAML', 'application/yaml', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['depth in XML', 'application/xml', xml('<a>'.repeat(50_000))],
  ['a billion laughs in XML', 'application/xml', xml('<name>&l9;</name>', `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`)],
  ['a file by an entity of XML', 'application/xml', xml('<name>&f;</name>', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>')],
  ['comments of XML that never end', 'application/xml', '<!--'.repeat(200_000)],
  ['instructions of XML that never end', 'application/xml', '<?a '.repeat(200_000)],
  ['raw texts of XML that never end', 'application/xml', '<![CDATA['.repeat(100_000)],
];

describe('a harmful document', () => {
  it.each(harmful)('%s is refused with a fix', async (_, type, body) => {
    const answer = await post(type, body);
    expect(answer.status).toBe(400);
    expect(answer.body.faults[0].fix.length).toBeGreaterThan(5);
    expect(({} as Json).admin).toBeUndefined();
  });
});

it.each(['hasOwnProperty', 'constructor', 'toString', '__proto__'])('a phase %s is refused like any other word that is none', async (value) => {
  const alice = node.as('alice');
  const set = await alice.ask(aRequest());
  expect((await alice.update(set.offers[0], value)).status).toBe(409);
  expect((await alice.session(set.offers[0])).body.phase).toBe('OFFERED');
});

describe('names on `local`', () => {
  const process = { kind: kinds.localProcess, command: ['true'] };
  const names = ['../../escaped', '/tmp/escaped', '..', 'a/../../b', 'a\0b', '.', 'x'.repeat(5_000), '\n'];

  it.each(names)('%j for storage and a volume reaches no file outside the session\'s folder', async (name) => {
    const before = await readdir(node.folder);
    const body = {
      executable: { ...process, meta: { name } }, storage: [{ kind: kinds.simpleStorage, meta: { name }, size: { min: 1, max: 1 } }],
      compute: { kind: kinds.simpleCompute, volumes: [{ kind: kinds.simpleVolume, meta: { name }, path: name, resource: name }] },
    };
    const answer = await node.as('alice').call('POST', '/direct', body);
    expect([303, 400]).toContain(answer.status);
    await node.advance('PT10M');
    expect((await readdir(node.folder)).filter((one) => !before.includes(one) && /escaped|^b$/.test(one))).toEqual([]);
  });

  it.each(['../../etc/cron.d/x', 'a/../../x'])('a volume at %j is refused, not written there', async (path) => {
    const body = {
      executable: process, storage: [{ kind: kinds.simpleStorage, meta: { name: 's' }, size: { min: 1, max: 1 } }],
      compute: { kind: kinds.simpleCompute, volumes: [{ kind: kinds.simpleVolume, path, resource: 's' }] },
    };
    const set = await node.as('alice').ask(aRequest().with(body));
    expect([set.result, set.meta.messages.some((one: Json) => /volume|path/.test(`${one.values.path} ${one.message}`))]).toEqual(['NO', true]);
  });
});

it('a text with line ends and control characters is one line of the log, escaped', async () => {
  const evil = 'x\n{"level":30,"msg":"admin logged in"}\r\u001b[31m\u2028';
  const script = `import { jsonLog } from '#runtime'; jsonLog('info', 'n').info('a name', { name: ${JSON.stringify(evil)}, error: new Error(${JSON.stringify(evil)}) });`;
  const child = spawn(globalThis.process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  await once(child, 'close');
  const lines = said.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(lines[0]).not.toMatch(/[\u0000-\u001f]/);
  expect(JSON.parse(lines[0] ?? '').name).toBe(evil);
});
