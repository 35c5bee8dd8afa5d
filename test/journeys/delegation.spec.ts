/** Data that is fetched with a token of its owner: exchanged, kept sealed while the session lives, shown to nobody else. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { request } from 'undici';
import type { Log } from '#model';
import { kinds } from '#model';
import { HandClock } from '#runtime/testing';
import { TestIssuer } from '../support/issuer.js';
import { startNode } from '../support/node.js';
import type { Answer, Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { RequestBuilder } from '../support/requests.js';

/** An authorization server that exchanges and renews, and a data source that wants its tokens; both remember what they saw. */
class DataLake {
  readonly given: string[] = [];
  readonly seen: (string | undefined)[] = [];
  readonly grants: string[] = [];
  isAway = false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((asked, answer) => {
      this.answer(asked).then(([status, body]) => { answer.writeHead(status, { 'content-type': 'application/json' }).end(asked.method === 'HEAD' ? '' : body); }, () => { answer.destroy(); });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => { this.server.listen(0, '127.0.0.1', done); });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(asked: IncomingMessage): Promise<readonly [number, string]> {
    if (asked.url === '/token') return this.grant(new URLSearchParams(await text(asked)));
    this.seen.push(asked.headers.authorization);
    const token = asked.headers.authorization?.replace('Bearer ', '') ?? '';
    return this.given.includes(token) ? [200, 'a,b\n1,2\n'] : [401, '{}'];
  }

  private grant(form: URLSearchParams): readonly [number, string] {
    if (this.isAway) return [503, JSON.stringify({ error: form.get('subject_token') })];
    const grant = form.get('grant_type')?.split(':').at(-1) ?? '';
    this.grants.push(grant);
    const [access, refresh] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')];
    if (grant === 'refresh_token' && !this.given.includes(form.get('refresh_token') ?? '')) return [400, '{}'];
    this.given.push(access, refresh);
    return [200, JSON.stringify({ access_token: access, refresh_token: refresh, expires_in: 300, token_type: 'Bearer' })];
  }
}

let lake: DataLake;
let at: string;
let issuer: TestIssuer;
let node: TestNode;
let token: string;
const lines: string[] = [];
const write = (message: string, facts?: unknown): void => { lines.push(`${message} ${JSON.stringify(facts, (_key, value: unknown) => (value instanceof Error ? `${value.message} ${value.stack ?? ''} ${String(value.cause)}` : value))}`); };
const log: Log = { debug: write, info: write, warn: write, error: write };
const [oldKey, newKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

async function start(): Promise<void> {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  issuer = await TestIssuer.start(() => clock.now());
  node = await startNode({
    log,
    access: {
      issuers: [{ issuer: issuer.url, realm: 'srcnet', audience: 'urn:node' }],
      delegate: { keys: [{ id: 'new', key: newKey }, { id: 'old', key: oldKey }], services: [{ name: 'lake', realm: 'srcnet', tokenUrl: `${at}/token`, clientId: 'node', clientSecret: 'the secret of the node' }] },
    },
    data: [{ type: 'http', allowPrivate: true, tokens: [{ service: 'lake', hosts: ['127.0.0.1'] }] }],
  });
  token = await issuer.token();
}

beforeEach(async () => {
  lines.length = 0;
  lake = new DataLake();
  at = await lake.start();
  await start();
});
afterEach(async () => {
  await node.stop();
  await issuer.stop();
  lake.stop();
});

async function send(method: 'GET' | 'POST', path: string, body?: unknown, bearer = token): Promise<Answer> {
  const answer = await request(node.running.url + path, { method, headers: { authorization: `Bearer ${bearer}`, accept: 'application/json', 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const read = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, body: read === '' ? undefined : JSON.parse(read) as Json };
}
const accept = (offer: Json, bearer?: string): Promise<Answer> => send('POST', `/sessions/${offer.meta.uuid as string}`, { kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' }, bearer);
const wish = (start = '2030-06-03T10:00:00Z/PT0S'): RequestBuilder => aRequest().from(start).script({ run: 'PT10M' }).with({ data: [{ kind: kinds.simpleData, location: `${at}/stars.csv` }] });
const credentials = async (): Promise<readonly Json[]> => (await rowsOf('select * from credential')) as Json[];

async function rowsOf(statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: node.databaseUrl });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Every row of every table as text, bytes as hex. */
async function dump(): Promise<string> {
  const tables = await rowsOf("select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'") as { name: string }[];
  const all = await Promise.all(tables.map(({ name }) => rowsOf(`select t::text as row from "${name}" t`)));
  return JSON.stringify(all);
}
const spellings = (secret: string): string[] => [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').replace(/=+$/, '')];

describe('data that wants to see whose it is', () => {
  it('is looked up and fetched with a token made for it, renewed when the session starts later, and nothing is left', async () => {
    const set = (await send('POST', '/requests', wish().build())).body;
    expect(set.result).toBe('YES');
    expect((await accept(set.offers[0])).status).toBe(200);
    expect(await credentials()).toEqual([expect.objectContaining({ session: set.offers[0].meta.uuid, service: 'lake', key: 'new' })]);
    await node.advance('PT2H30M');
    const session = (await node.as('admin').session(set.offers[0])).body;
    expect(session.phase, JSON.stringify(session.meta.messages)).toBe('COMPLETED');
    expect(lake.grants).toEqual(['token-exchange', 'token-exchange', 'refresh_token']);
    expect(lake.seen.every((one) => one?.startsWith('Bearer '))).toBe(true);
    expect(await credentials()).toEqual([]);
  });

  it('its tokens are in no table, log, answer, explanation or audit entry, and the requester\'s own goes to the issuer\'s server alone', async () => {
    const set = (await send('POST', '/requests', wish().build())).body;
    await accept(set.offers[0]);
    const told = [await dump(), (await send('GET', `/offersets/${set.meta.uuid as string}`)).body, (await send('GET', `/offersets/${set.meta.uuid as string}/explanation`)).body, (await send('GET', `/sessions/${set.offers[0].meta.uuid as string}`)).body];
    // From now on: how long before its start the data is brought depends on how quick the source seemed.
    lake.isAway = true;
    await node.advance('PT2H9M');
    const text = [...told, await dump(), (await node.as('admin').get('/admin/audit')).body, ...lines].map((one) => JSON.stringify(one)).join('\n');
    expect(text).toContain('kept for the session');
    expect(text).toContain('no token could be had');
    for (const secret of [...lake.given, token, 'the secret of the node', newKey]) for (const spelled of spellings(secret)) expect(text.includes(spelled), `${spelled.slice(0, 6)}…`).toBe(false);
    expect(lake.seen).not.toContain(`Bearer ${token}`);
  });

  it('is refused to those who come without a token that can be exchanged, when they ask and when they accept', async () => {
    const refused = await node.as('alice').ask(wish());
    expect(refused.result).toBe('NO');
    expect(refused.meta.messages[0].message).toContain("one of realm 'srcnet'; log in there");
    const mine = (await send('POST', '/tokens', { name: 'script', lifetime: 'P1D' })).body;
    const set = (await send('POST', '/requests', wish().build())).body;
    expect(mine.token).toMatch(/^ebp_/);
    const late = await accept(set.offers[0], mine.token);
    expect(late.status).toBe(403);
    expect(await credentials()).toEqual([]);
    expect((await accept(set.offers[0])).status).toBe(200);
  });

  it('leaves nothing of what was refused, rejected or cancelled', async () => {
    const set = (await send('POST', '/requests', wish().build())).body;
    expect(await credentials()).toEqual([]);
    lake.isAway = true;
    expect((await accept(set.offers[0])).status).toBe(503);
    lake.isAway = false;
    await accept(set.offers[0]);
    expect((await accept(set.offers[0])).status).toBe(409);
    expect(await credentials()).toHaveLength(1);
    await send('POST', `/sessions/${set.offers[0].meta.uuid as string}`, { kind: 'uri:enum-value-update', path: 'phase', value: 'CANCELLED' });
    await node.advance('PT1M');
    expect(await credentials()).toEqual([]);
  });
});
