import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from 'prom-client';
import { AccessModule, Auditor, Authenticator, seedAccounts } from '#access';
import { HttpApiModule, createHttpApp } from '#http-api';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import type { AccessTokenStore, Account, AccountStore, AuditLog, ExecutionBroker } from '#model';

/** Accounts in memory. */
function memoryAccounts(): AccountStore {
  const accounts = new Map<string, Account>();
  return {
    find: (name) => Promise.resolve(accounts.get(name)), list: () => Promise.resolve([...accounts.values()]),
    put: (account) => { accounts.set(account.name, account); return Promise.resolve(); }, remove: (name) => Promise.resolve(accounts.delete(name)),
  };
}

const audit: AuditLog = { append: () => Promise.resolve(), find: () => Promise.resolve([]), verify: () => Promise.reject(new Error('nobody verifies')), prune: () => Promise.resolve(undefined) };
const noTokens: AccessTokenStore = {
  find: () => Promise.resolve(undefined), listOf: () => Promise.resolve([]), add: () => Promise.resolve(), used: () => Promise.resolve(),
  remove: () => Promise.resolve(undefined), removeAllOf: () => Promise.resolve(),
};

const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const root = basic('root', 'root has a secret');
let app: NestFastifyApplication;

beforeAll(async () => {
  const store = memoryAccounts();
  const clock = HandClock.at('2030-01-01T00:00:00Z');
  const authenticator = new Authenticator(store, clock);
  const requesterOf = ({ headers }: Pick<FastifyRequest, 'headers'>) => authenticator.identify({ authorization: headers.authorization, address: '' });
  await seedAccounts(store, [{ name: 'root', password: 'root has a secret', roles: ['admin'] }, { name: 'bob', password: 'bob has a secret' }], clock);
  const broker = { sessions: () => Promise.resolve([]) } as unknown as ExecutionBroker;
  class Root {}
  Module({ imports: [
    HttpApiModule.register({ broker, clock, log: silentLog, metrics: new Registry(), readiness: () => Promise.resolve({ ready: true, checks: {} }), facts: () => Promise.reject(new Error('nobody asks')), requesterOf }),
    AccessModule.register({ authenticator, requesterOf, baseUrlOf: () => '', store, clock, issuers: [], audit, auditor: new Auditor(audit, clock), tokens: noTokens, tokenRules: { enabled: false, longest: 0, most: 0 } }),
  ] })(Root);
  app = await createHttpApp(Root);
  await app.init();
});
afterAll(() => app.close());

interface Answer { readonly status: number; readonly text: string; readonly document: Record<string, unknown> }

async function send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, authorization: string | undefined, body?: unknown): Promise<Answer> {
  const answer = await app.inject({ method, url: path, headers: { accept: 'application/json', ...(authorization !== undefined && { authorization }), ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { payload: JSON.stringify(body) }) });
  return { status: answer.statusCode, text: answer.body, document: answer.body.startsWith('{') ? (JSON.parse(answer.body) as Record<string, unknown>) : {} };
}

describe('administration of accounts', () => {
  it('is closed to strangers and to users who are no admins', async () => {
    for (const [method, path] of [['GET', '/admin/accounts'], ['POST', '/admin/accounts'], ['PUT', '/admin/accounts/bob/password'], ['DELETE', '/admin/accounts/bob']] as const) {
      expect(await send(method, path, undefined, {})).toMatchObject({ status: 401, document: { type: 'urn:execution-broker:problem:unauthenticated' } });
      expect(await send(method, path, basic('bob', 'bob has a secret'), {})).toMatchObject({ status: 403, document: { type: 'urn:execution-broker:problem:forbidden' } });
    }
  });

  it('makes an account, changes its password at once, and removes it', async () => {
    expect(await send('POST', '/admin/accounts', root, { name: 'carol', password: 'carols password', groups: ['astro'] }))
      .toMatchObject({ status: 201, document: { name: 'carol', roles: ['user'], groups: ['astro'], created: '2030-01-01T00:00:00Z', disabled: false } });
    expect((await send('GET', '/sessions', basic('carol', 'carols password'))).status).toBe(200);
    expect((await send('PUT', '/admin/accounts/carol/password', root, { password: 'another password' })).status).toBe(204);
    expect((await send('GET', '/sessions', basic('carol', 'carols password'))).status).toBe(401);
    expect((await send('GET', '/sessions', basic('carol', 'another password'))).status).toBe(200);
    expect((await send('DELETE', '/admin/accounts/carol', root)).status).toBe(204);
    expect((await send('GET', '/sessions', basic('carol', 'another password'))).status).toBe(401);
  });

  it('lists accounts without secrets', async () => {
    const { document, text } = await send('GET', '/admin/accounts', root);
    expect((document['accounts'] as { name: string }[]).map((each) => each.name)).toEqual(['root', 'bob']);
    expect(text).not.toContain('argon2');
  });

  it('does not make an account twice, nor remove the admin who asks, nor one that is not there', async () => {
    expect((await send('POST', '/admin/accounts', root, { name: 'bob', password: 'bobs other secret' })).status).toBe(409);
    expect((await send('DELETE', '/admin/accounts/root', root)).status).toBe(409);
    expect((await send('DELETE', '/admin/accounts/nobody', root)).status).toBe(404);
    expect((await send('PUT', '/admin/accounts/nobody/password', root, { password: 'long enough' })).status).toBe(404);
  });

  it.each([
    [{}, ['name', 'password']], [{ name: 'a b', password: 'long enough' }, ['name']], [{ name: 'dave', password: 'short' }, ['password']], [{ name: 'dave', password: 12345678 }, ['password']],
    [{ name: 'dave', password: 'long enough', roles: ['god'] }, ['roles']], [{ name: 'dave', password: 'long enough', hash: 'x' }, ['hash']], [[], ['']],
  ])('refuses %j, naming the fields', async (body, paths) => {
    const { status, document } = await send('POST', '/admin/accounts', root, body);
    expect(status).toBe(400);
    expect([...new Set((document['faults'] as { path: string }[]).map((each) => each.path))].sort()).toEqual(paths);
  });
});
