/** Who may do what, and what is written down about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { hashPassword } from '#access';
import type { Role } from '#model';
import { startNode } from '../support/node.js';
import type { Answer, Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

let node: TestNode;
beforeAll(async () => {
  node = await startNode({ access: { audit: { key: 'a key that the database does not know' } } });
  await addStaff('olga', ['operator']);
  await addStaff('audrey', ['auditor']);
});
afterAll(() => node.stop());

async function addStaff(name: string, roles: readonly Role[]): Promise<void> {
  const hash = await hashPassword('correct horse battery staple');
  await node.running.node.persistence.accounts.put({ name, hash, roles, groups: [], created: node.clock.now(), disabled: false });
}

async function bearer(token: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' };
  const answer = await request(node.running.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) as Json };
}

const newToken = async (who: string, wish: unknown): Promise<Answer> => node.as(who).call('POST', '/tokens', wish);

describe('a personal access token', () => {
  it('is shown once, acts for its owner, and is found by its looks', async () => {
    const made = await newToken('alice', { name: 'notebook' });
    expect(made.status).toBe(201);
    expect(made.body.token).toMatch(/^ebp_[0-9A-Za-z]{36}$/);
    expect((await bearer(made.body.token, 'GET', '/sessions')).status).toBe(200);
    const listed = await node.as('alice').get('/tokens');
    expect(JSON.stringify(listed.body)).not.toContain(made.body.token);
    expect(listed.body.tokens).toContainEqual(expect.objectContaining({ id: made.body.id, name: 'notebook', roles: ['user'] }));
  });

  it('with the scope of reading only reads', async () => {
    const { body: { token } } = await newToken('alice', { name: 'dashboard', scopes: ['compute.read'] });
    expect((await bearer(token, 'GET', '/sessions')).status).toBe(200);
    expect((await bearer(token, 'POST', '/requests', aRequest().build())).status).toBe(403);
  });

  it('ends at its end, and when it is revoked', async () => {
    const { body: short } = await newToken('alice', { name: 'short', lifetime: 'PT1H' });
    const { body: revoked } = await newToken('alice', { name: 'revoked' });
    expect((await bearer(revoked.token, 'GET', '/sessions')).status).toBe(200);
    expect((await node.as('bob').call('DELETE', `/tokens/${revoked.id}`)).status).toBe(404);
    expect((await node.as('alice').call('DELETE', `/tokens/${revoked.id}`)).status).toBe(204);
    expect((await bearer(revoked.token, 'GET', '/sessions')).status).toBe(401);
    await node.advance('PT1H');
    expect((await bearer(short.token, 'GET', '/sessions')).status).toBe(401);
  });

  it('gives nobody more than they have, and makes no tokens', async () => {
    expect((await newToken('alice', { name: 'x', roles: ['admin'] })).status).toBe(403);
    expect((await newToken('alice', { name: 'x', lifetime: 'P1Y' })).status).toBe(400);
    expect((await newToken('alice', {})).body.faults[0].path).toBe('name');
    const { body: { token } } = await newToken('admin', { name: 'plain' });
    expect((await bearer(token, 'GET', '/admin/accounts')).status).toBe(403);
    expect((await bearer(token, 'POST', '/tokens', { name: 'child' })).status).toBe(403);
    const { body: auditing } = await newToken('admin', { name: 'admin', roles: ['admin'] });
    expect((await bearer(auditing.token, 'GET', '/admin/accounts')).status).toBe(200);
  });

  it('goes with its owner\'s account', async () => {
    await node.as('admin').call('POST', '/admin/accounts', { name: 'gone', password: 'correct horse battery staple' });
    const { body: { token } } = await newToken('gone', { name: 'x' });
    expect((await bearer(token, 'GET', '/sessions')).status).toBe(200);
    await node.as('admin').call('DELETE', '/admin/accounts/gone');
    expect((await bearer(token, 'GET', '/sessions')).status).toBe(401);
  });
});

describe('an operator', () => {
  it('drains the node: it offers nothing new and keeps what it has promised', async () => {
    const before = await node.as('alice').ask(aRequest());
    expect((await node.as('alice').call('POST', '/admin/drain')).status).not.toBe(200);
    expect((await node.as('olga').call('PUT', '/admin/drain', { note: 'new switches' })).body).toMatchObject({ drained: true, by: 'local:olga' });
    const refused = await node.as('alice').ask(aRequest());
    expect(refused.result).toBe('NO');
    expect(JSON.stringify(refused.meta.messages)).toContain('new switches');
    expect((await node.as('alice').update(before.offers[0], 'ACCEPTED')).status).toBe(200);
    expect((await node.as('olga').call('DELETE', '/admin/drain')).status).toBe(204);
    expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
  });

  it('keeps the calendar, but no accounts, and runs nothing', async () => {
    expect((await node.as('olga').get('/admin/calendar')).status).toBe(200);
    expect((await node.as('olga').get('/admin/accounts')).status).toBe(403);
    expect((await node.as('olga').call('POST', '/requests', aRequest().build())).status).toBe(403);
  });
});

describe('an auditor', () => {
  it('reads everything and changes nothing', async () => {
    const set = await node.as('alice').ask(aRequest());
    const audrey = node.as('audrey');
    for (const path of [`/offersets/${set.meta.uuid}`, `/offersets/${set.meta.uuid}/explanation`, `/sessions/${set.offers[0].meta.uuid}`, '/admin/calendar', '/admin/accounts', '/admin/audit', '/admin/drain']) {
      expect((await audrey.get(path)).status, path).toBe(200);
    }
    expect((await audrey.update(set.offers[0], 'ACCEPTED')).status).toBe(403);
    expect((await audrey.call('POST', '/admin/accounts', { name: 'x', password: 'correct horse battery staple' })).status).toBe(403);
    expect((await audrey.call('DELETE', '/admin/drain')).status).toBe(403);
  });
});

describe('the audit record', () => {
  const audit = async (query: string): Promise<Json[]> => (await node.as('audrey').get(`/admin/audit?${query}`)).body.entries as Json[];

  it('says who did what, from where, on which grounds, and what came of it', async () => {
    const set = await node.as('alice').ask(aRequest());
    await node.as('alice').update(set.offers[0], 'ACCEPTED');
    await node.as('bob').get(`/offersets/${set.meta.uuid}`);
    expect(await audit(`subject=${set.meta.uuid}`)).toMatchObject([
      { action: 'read', who: 'local:bob', outcome: 'refused' },
      { action: 'ask', who: 'local:alice', outcome: 'done', origin: { address: '127.0.0.1', credential: 'password' }, grounds: { roles: ['user'] } },
    ]);
    expect(await audit(`subject=${set.offers[0].meta.uuid}`)).toMatchObject([{ action: 'accept', who: 'local:alice', outcome: 'done' }]);
  });

  it('holds refused credentials and refused administration', async () => {
    await request(`${node.running.url}/sessions`, { headers: { authorization: 'Bearer not-a-token' } }).then(({ body }) => body.dump());
    expect((await audit('outcome=refused&who=unknown'))[0]).toMatchObject({ action: 'credential', reasons: [expect.stringContaining('unauthenticated'), expect.anything()] });
    await node.as('bob').get('/admin/accounts');
    expect((await audit('who=local:bob&action=admin.get'))[0]).toMatchObject({ outcome: 'refused', subject: '/admin/accounts' });
  });

  it('is exported as JSON lines, oldest first', async () => {
    const answer = await request(`${node.running.url}/admin/audit?who=local:alice`, { headers: { accept: 'application/x-ndjson', authorization: `Basic ${Buffer.from('audrey:correct horse battery staple').toString('base64')}` } });
    expect(answer.headers['content-type']).toContain('application/x-ndjson');
    const lines = (await answer.body.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as Json);
    const numbers = lines.map((line) => line.number as number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(lines.every((line) => line.who === 'local:alice')).toBe(true);
  });

  it('never holds a secret', async () => {
    const { body: { token } } = await newToken('alice', { name: 'secret one' });
    await bearer(token, 'GET', '/sessions');
    const text = JSON.stringify(await audit('limit=1000'));
    expect(text).not.toContain(token);
    expect(text).not.toContain('correct horse');
  });

  it('is sound', async () => {
    const verified = await node.as('audrey').get('/admin/audit/verification');
    expect(verified.body).toMatchObject({ sound: true, entries: verified.body.head.number });
    const { number, hash } = verified.body.head as { number: number; hash: string };
    expect((await node.as('audrey').get(`/admin/audit/verification?number=${number}&hash=${hash}`)).body.sound).toBe(true);
    expect((await node.as('audrey').get(`/admin/audit/verification?number=${number}&hash=${'0'.repeat(64)}`)).body).toMatchObject({ sound: false, fault: { number } });
  });
});
