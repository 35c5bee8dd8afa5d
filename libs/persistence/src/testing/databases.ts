/**
 * The test databases of one run: one server, one migrated template, copies of it. Runs in the main process of vitest (see
 * global-setup.ts) and answers its workers over the loopback interface, so that a run that needs no database starts none.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { BrokerError } from '#model';
import type { Log } from '#model';
import { startEmbedded } from '../embedded/embedded.js';
import { messageOf } from '../faults.js';
import { migrateOnly } from '../opening/migrate.js';

const mostRuns = 32;
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (message, facts) => { process.stderr.write(`${message} ${JSON.stringify(facts)}\n`); } };

interface Ground { readonly url: string; readonly template: string; stop(): Promise<void> }

/** Databases for tests on the server that `given` names, or on an embedded one in the temporary folder. */
export class TestDatabases {
  private ground: Promise<Ground> | undefined;
  private made = 0;

  constructor(private readonly given: string | undefined) {}

  async create(): Promise<{ name: string; url: string }> {
    const ground = await (this.ground ??= this.prepare());
    this.made += 1;
    const name = `${ground.template}_${this.made}`;
    await onServer(ground.url, `create database ${name} template ${ground.template}`);
    return { name, url: urlOf(ground.url, name) };
  }

  async drop(name: string): Promise<void> {
    const ground = await this.ground;
    if (ground && /^eb_test_\d+_\d+$/.test(name)) await onServer(ground.url, `drop database if exists ${name} with (force)`);
  }

  async stop(): Promise<void> {
    const ground = await this.ground;
    this.ground = undefined;
    await ground?.stop();
  }

  private async prepare(): Promise<Ground> {
    const server = this.given === undefined ? await embeddedForTests() : { url: this.given, stop: () => Promise.resolve() };
    const template = `eb_test_${process.pid}`;
    await onServer(server.url, `drop database if exists ${template} with (force)`);
    await onServer(server.url, `create database ${template}`);
    await migrateOnly(urlOf(server.url, template), quiet);
    const stop = async (): Promise<void> => {
      const { rows } = await onServer(server.url, `select datname as name from pg_database where datname like '${template}%'`);
      for (const { name } of rows as { name: string }[]) await onServer(server.url, `drop database ${name} with (force)`);
      await server.stop();
    };
    return { url: server.url, template, stop };
  }
}

/** The first folder that no other run uses. One that a killed run left is taken over, its server stopped. */
async function embeddedForTests(): Promise<{ url: string; stop(): Promise<void> }> {
  for (let number = 1; ; number += 1) {
    const folder = join(tmpdir(), `execution-broker-test-${process.getuid?.() ?? 0}-${number}`);
    try {
      const server = await startEmbedded({ folder, log: quiet });
      return { url: server.url, stop: () => server.destroy() };
    } catch (cause) {
      const isTaken = cause instanceof BrokerError && cause.message.startsWith('Another node');
      if (!isTaken || number === mostRuns) throw cause;
    }
  }
}

async function onServer(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Answers `POST /` with a fresh database and `DELETE /name` by dropping it. */
export async function serveDatabases(databases: TestDatabases): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => { void answer(databases, request, response); });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, server };
}

async function answer(databases: TestDatabases, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method === 'POST') response.end(JSON.stringify(await databases.create()));
    else {
      await databases.drop(request.url?.slice(1) ?? '');
      response.end();
    }
  } catch (cause) {
    response.writeHead(500).end(messageOf(cause));
  }
}
