/**
 * The process under load: bare node:http, our application over a broker that does nothing (with a short answer, and with an answer of
 * ten offers as a node gives it), and a whole node. Says where they listen.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HttpApiModule, createHttpApp } from '#http-api';
import { reason } from '#model';
import type { ExecutionBroker, ExecutionRequest, OfferSet, OfferSetId, Requester, RequesterId } from '#model';
import { silentLog, systemClock } from '#runtime';
import { startApplication } from '../../apps/broker/src/application.js';
import { loadConfigText } from '../../apps/broker/src/configuration/load-config.js';

const [, , databaseUrl = '', answerText = '', bodyText = ''] = process.argv;
const requester: Requester = { id: 'bench' as RequesterId, name: 'bench', roles: ['user'], groups: [] };

/** Answers every request with the same set. */
function noopBroker(set: OfferSet): ExecutionBroker {
  return { ask: () => Promise.resolve(set) } as unknown as ExecutionBroker;
}

/** About 1.1 KB on the wire. */
function shortSet(): OfferSet {
  const now = Date.now();
  const messages = Array.from({ length: 3 }, (_, index) => ({ ...reason('bench', 'nothing was looked for in {path}, number {number}: this broker only answers', { number: String(index) }, { path: 'executable' }), time: now }));
  return { id: '00000000-0000-4000-8000-000000000000' as OfferSetId, owner: 'bench' as RequesterId, created: now, modified: now, result: 'NO', offers: [], messages };
}

async function noopApp(set: OfferSet): Promise<number> {
  class Root {}
  Module({
    imports: [HttpApiModule.register({
      broker: noopBroker(set), clock: systemClock, log: silentLog, metrics: new Registry(), readiness: () => Promise.resolve({ ready: true, checks: {} }),
      facts: () => Promise.reject(new Error('a bench asks for no capabilities')),
      requesterOf: () => Promise.resolve(requester),
    })],
  })(Root);
  const app = await createHttpApp(Root);
  await app.listen(0, '127.0.0.1');
  return portOf(app.getHttpServer() as Server);
}

/** Reads the whole body, parses nothing, answers text of the same length. */
async function bareServer(): Promise<number> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(answerText) });
      response.end(answerText);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return portOf(server);
}

async function wholeNode(): Promise<{ readonly port: number; readonly broker: ExecutionBroker }> {
  const folder = mkdtempSync(join(tmpdir(), 'eb-bench-http-'));
  const pools = { main: { cores: 1_000_000, memory: 10_000_000, storage: 10_000_000 } };
  const config = {
    http: { port: 0 }, state: folder, access: { anonymous: true }, booking: { mostOffers: 10, spacing: 'PT5M' },
    platforms: [{ name: 'stage', type: 'scripted', executables: ['scripted', 'dockerContainer'], pools }],
  };
  const loaded = await loadConfigText(JSON.stringify(config), {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const { url, node } = await startApplication(loaded.value, { clock: systemClock, log: silentLog, stateFolder: folder, database: { url: databaseUrl } });
  return { port: Number(new URL(url).port), broker: node.broker };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

process.on('SIGTERM', () => { process.exit(0); });
const node = await wholeNode();
const held = await node.broker.ask(JSON.parse(bodyText) as ExecutionRequest, requester);
process.stdout.write(`${JSON.stringify({ bare: await bareServer(), noop: await noopApp(shortSet()), same: await noopApp(held), node: node.port })}\n`);
