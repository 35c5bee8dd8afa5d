import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DynamicModule, Type } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UnreadBody } from './body/unread-body.js';
import { KnownRoutes } from './known-routes.js';
import { problemType } from './negotiation.js';
import { NestLog } from './nest-log.js';
import { answer } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { writeDocument } from './reply.js';
import { RequestMetrics } from './request-metrics.js';
import { HTTP_API, defaultHttpOptions } from './settings.js';
import type { HttpApi } from './settings.js';
import { OpenStreams } from './stream/open-streams.js';

/** What the server needs before any module exists; the rest comes from {@link HttpApiModule}. */
export interface HttpAppOptions {
  /** Believe X-Forwarded-* of a proxy in front. */
  readonly trustProxy?: boolean;
}

/**
 * Makes the application: Nest on Fastify, with raw bodies, problem documents and request metrics. `root` imports
 * `HttpApiModule.register(…)`. Call `listen` (or `init`) on it; `close` ends open streams first and then waits for answers.
 */
export async function createHttpApp(root: Type | DynamicModule, options: HttpAppOptions = {}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    trustProxy: options.trustProxy ?? false, forceCloseConnections: 'idle', exposeHeadRoutes: true, routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => { sendUnroutable(error, request, reply); },
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { bodyParser: false, logger: false, abortOnError: false });
  const api = app.get<HttpApi>(HTTP_API, { strict: false });
  app.useLogger(new NestLog(api.log));
  app.useGlobalFilters(app.get(ProblemFilter, { strict: false }));
  wire(adapter.getInstance() as unknown as FastifyInstance, app, api);
  return app;
}

/** A path that can't even be decoded never reaches a route, nor Nest. */
function sendUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const type = problemType(request.headers.accept, defaultHttpOptions.defaultMediaType);
  const { status, problem } = answer('malformed', { detail: error.message, faults: [{ path: 'URL', fault: 'the path is not valid', fix: 'percent-encode it as UTF-8' }] });
  void reply.code(status).header('content-type', type.replace('/', '/problem+')).send(writeDocument(problem, type));
}

function wire(server: FastifyInstance, app: NestFastifyApplication, api: HttpApi): void {
  const routes = app.get(KnownRoutes, { strict: false });
  const streams = app.get(OpenStreams, { strict: false });
  const metrics = new RequestMetrics(api.metrics);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: api.options.bodyLimit }, (request, bytes, done) => {
    done(null, new UnreadBody(bytes as Buffer, request.headers['content-type'], request.headers['content-encoding']));
  });
  server.addHook('onRoute', (route) => { routes.add([route.method].flat(), route.url); });
  server.addHook('onResponse', (request, reply, done) => { metrics.count(request, reply); done(); });
  server.addHook('preClose', (done) => { streams.endAll(); done(); });
}
