import 'reflect-metadata';
import type { RequestListener, Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DynamicModule, Type } from '@nestjs/common';
import { loadDocument } from '#openapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UnreadBody } from './body/unread-body.js';
import { allowOrigins, originWriter } from './cors.js';
import { Front } from './front/front.js';
import type { Around } from './front/front.js';
import { hotRoutes } from './front/hot-routes.js';
import { KnownRoutes } from './known-routes.js';
import { declaredType, problemType } from './negotiation.js';
import { NestLog } from './nest-log.js';
import { answer } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { writeDocument } from './reply.js';
import { RequestMetrics } from './request-metrics.js';
import { bodySchemaOf, speakEveryType } from './returned-values.js';
import { HTTP_API, defaultHttpOptions } from './settings.js';
import type { HttpApi } from './settings.js';
import { OpenStreams } from './stream/open-streams.js';
import { answerUnparsed } from './unparsed.js';

/** What the server needs before any module exists; the rest comes from {@link HttpApiModule}. */
export interface HttpAppOptions {
  /** Most open connections; 0 or left out: no limit of ours. */
  readonly connections?: number;
  /** Milliseconds that a client has to send its headers, and its whole request: slower ones are cut off (408). */
  readonly headersWithin?: number;
  readonly requestWithin?: number;
  /** Runs each call in surroundings that are made from its headers. */
  readonly around?: Around;
}

/**
 * Makes the application: Nest on Fastify, with raw bodies, problem documents and request metrics. `root` imports
 * `HttpApiModule.register(…)`. Call `listen` (or `init`) on it; `close` ends open streams first and then waits for answers.
 */
export async function createHttpApp(root: Type | DynamicModule, options: HttpAppOptions = {}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    forceCloseConnections: 'idle', exposeHeadRoutes: true, routerOptions: { maxParamLength: 200 },
    // How often slow clients are looked for.
    http: { connectionsCheckingInterval: Math.min(5_000, (options.headersWithin ?? 10_000) / 2) },
    clientErrorHandler: answerUnparsed,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => { sendUnroutable(error, request, reply); },
  });
  limitConnections((adapter.getInstance() as unknown as FastifyInstance).server, options);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { bodyParser: false, logger: false, abortOnError: false });
  const api = app.get<HttpApi>(HTTP_API, { strict: false });
  app.useLogger(new NestLog(api.log));
  app.useGlobalFilters(app.get(ProblemFilter, { strict: false }));
  wire(adapter.getInstance() as unknown as FastifyInstance, app, api, options.around);
  return app;
}

/** Against clients that send a byte now and then to keep a connection of ours. */
function limitConnections(server: Server, { connections = 0, headersWithin = 10_000, requestWithin = 60_000 }: HttpAppOptions): void {
  if (connections > 0) server.maxConnections = connections;
  server.requestTimeout = requestWithin;
  server.headersTimeout = Math.min(headersWithin, requestWithin);
}

/** A path that can't even be decoded never reaches a route, nor Nest. */
function sendUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const type = problemType(request.headers.accept, defaultHttpOptions.defaultMediaType);
  const { status, problem } = answer('malformed', { detail: error.message, faults: [{ path: 'URL', fault: 'the path is not valid', fix: 'percent-encode it as UTF-8' }] });
  void reply.code(status).header('content-type', type.replace('/', '/problem+')).send(writeDocument({ schema: 'Problem', document: problem, type }));
}

function wire(server: FastifyInstance, app: NestFastifyApplication, api: HttpApi, around?: Around): void {
  const routes = app.get(KnownRoutes, { strict: false });
  const streams = app.get(OpenStreams, { strict: false });
  const metrics = new RequestMetrics(api.metrics);
  const document = loadDocument();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: api.options.bodyLimit }, (request, bytes, done) => {
    done(null, new UnreadBody(bytes as Buffer, request.headers['content-type'], request.headers['content-encoding'], () => bodySchemaOf(request, document)));
  });
  const dress = originWriter(api.options.corsOrigins);
  allowOrigins(server, dress);
  if (around) server.addHook('preHandler', (request, _reply, done) => { around(request.headers, done); });
  server.addHook('onRoute', (route) => {
    routes.add([route.method].flat(), route.url);
    speakEveryType(route, document, api.options.defaultMediaType);
    const count = metrics.counterOf(route.url);
    route.onResponse = [...[route.onResponse ?? []].flat(), (request, reply, done) => { count(request, reply); done(); }];
  });
  const countUnknown = metrics.counterOf('unknown');
  server.addHook('onResponse', (request, reply, done) => {
    if (request.is404) countUnknown(request, reply);
    done();
  });
  server.addHook('preClose', (done) => { streams.endAll(); done(); });
  const problems = app.get(ProblemFilter, { strict: false });
  putBefore(server.server, new Front({
    routes: hotRoutes(app), bodyLimit: api.options.bodyLimit, dress, around, isOpen: () => server.server.listening,
    fail: (error, request, reply) => problems.fail(error, request, reply), sendAway: (request, reply) => { problems.sendAway(request, reply); }, counterOf: (url) => metrics.counterOf(url),
  }));
}

function putBefore(server: Server, front: Front): void {
  const general = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (declaredType(request.headers['content-type']) === undefined) delete request.headers['content-type'];
    if (!front.takes(request, response)) for (const listener of general) listener(request, response);
  });
}
