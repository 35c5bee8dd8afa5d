/** Who may ask: accounts, their administration, and the anonymous where they are let in. */
import { readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const basic = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });

describe('who may ask', () => {
  let node: TestNode;
  beforeEach(async () => { node = await startNode(); });
  afterEach(() => node.stop());
  const get = (path: string, headers: Record<string, string>) => request(node.running.url + path, { headers: { accept: 'application/json', ...headers } });

  it('nobody without credentials, and the answer says how', async () => {
    const answer = await node.as('').call('POST', '/requests', aRequest().build());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
  });

  it('an administrator makes an account, changes its password and removes it', async () => {
    const admin = node.as('admin');
    expect((await admin.call('POST', '/admin/accounts', { name: 'carol', password: 'a long enough password', roles: ['user'] })).status).toBe(201);
    expect((await get('/sessions', basic('carol', 'a long enough password'))).statusCode).toBe(200);
    expect((await get('/sessions', basic('carol', 'a wrong one indeed'))).statusCode).toBe(401);
    expect((await node.as('alice').call('POST', '/admin/accounts', { name: 'eve', password: 'a long enough password' })).status).toBe(403);
  });

  it('the first start makes an administrator whose password only the operator can read', async () => {
    const file = `${node.folder}/admin-password`;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, 'utf8')).trim();
    expect(password.length).toBeGreaterThan(20);
  });

  it('with public reads a session can be read by its UUID, and still not be changed', async () => {
    const open = await startNode({ access: { publicReads: true, anonymous: true } });
    try {
      const { offers } = await open.as('alice').ask(aRequest());
      expect((await open.as('').session(offers[0])).status).toBe(200);
      expect((await open.as('').update(offers[0], 'ACCEPTED')).status).toBe(403);
    } finally {
      await open.stop();
    }
  });
});
