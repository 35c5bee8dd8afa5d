/** Which broker is meant, and what its operators are told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker, json } from '#client/testing';
import { main } from './main.js';
import { CapturedTerminal } from './testing/captured-terminal.js';

let broker: FakeBroker;
let folder: string;
let terminal: CapturedTerminal;

beforeEach(async () => {
  broker = await new FakeBroker().start();
  folder = await mkdtemp(join(tmpdir(), 'eb-contexts-'));
  terminal = new CapturedTerminal({ EB_URL: broker.url, XDG_CONFIG_HOME: folder, LANG: 'C.UTF-8' });
});
afterEach(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const eb = (...argv: readonly string[]): Promise<number> => main(argv, terminal);

describe('eb', () => {
  it('takes the broker and the account of a context that is named, whatever the environment says of another broker', async () => {
    terminal = new CapturedTerminal({ XDG_CONFIG_HOME: folder, EB_URL: 'http://127.0.0.1:1', EB_USER: 'bob', EB_PASSWORD: 'elsewhere', SITE_PASSWORD: 'secret' });
    broker.on('GET /sessions', json(200, { sessions: [] }));
    await eb('--url', broker.url, '--user', 'alice', 'context', 'set', 'site', '--password-env', 'SITE_PASSWORD');
    expect(await eb('--context', 'site', 'sessions'), terminal.stderr).toBe(0);
    expect(broker.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('alice:secret').toString('base64')}`);
    expect(await eb('sessions')).toBe(3);
    expect(terminal.stderr).toContain('127.0.0.1:1');
  });

  it('writes YAML that readers of YAML 1.1 take as it was meant', async () => {
    const odd = { name: '=', roles: ['NO', 'a\tb'], groups: ['2030-06-03', '\u0085'], created: '2030-06-03T08:00:00Z' };
    broker.on('GET /admin/accounts', json(200, { accounts: [odd] }));
    expect(await eb('-o', 'yaml', 'admin', 'accounts', 'list')).toBe(0);
    for (const text of ['name: "="', '- "NO"', '- "a\\tb"', '- "2030-06-03"', '- "\\u0085"']) expect(terminal.stdout).toContain(text);
  });

  it('says where the administration may be, where it is not', async () => {
    broker.on('GET /admin/accounts', json(404, { title: 'Not found', status: 404, detail: 'Nothing is served at /admin/accounts', instance: '/admin/accounts' }));
    expect(await eb('admin', 'accounts', 'list')).toBe(3);
    expect(terminal.stderr).toContain('http.admin');
  });

  it('drains, tells for how long and why, and offers again', async () => {
    const drained = { drained: true, since: '2030-06-03T08:00:00Z', by: 'local:olga', note: 'new switches' };
    broker.on('PUT /admin/drain', json(200, drained)).on('GET /admin/drain', json(200, drained)).on('DELETE /admin/drain', json(204, ''));
    expect(await eb('--utc', 'admin', 'drain', '--note', 'new switches')).toBe(0);
    expect(await eb('--utc', 'admin', 'drain', '--show')).toBe(0);
    expect(terminal.stdout).toBe('drained since 2030-06-03 08:00:00 +00:00 by local:olga (new switches): nothing new is offered, what is promised is kept\n'.repeat(2));
    broker.on('GET /admin/drain', json(200, { drained: false }));
    expect(await eb('admin', 'drain', '--undo')).toBe(0);
    expect(terminal.stdout).toContain('not drained: it offers\n');
    expect(broker.calls('PUT /admin/drain')).toHaveLength(1);
  });
});
