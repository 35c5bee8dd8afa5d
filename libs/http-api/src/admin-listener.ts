/** Administration on a listener of its own, so that the public one can be shown to the world without it. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemType } from './negotiation.js';
import { answer } from './problem.js';
import { writeDocument } from './reply.js';
import { defaultHttpOptions } from './settings.js';
import { answerUnparsed } from './unparsed.js';

interface Routing { routing(request: IncomingMessage, response: ServerResponse): void }

/**
 * Call it before the application listens; `open` the listener afterwards. From then on everything below /admin is answered on it
 * alone: elsewhere it is not found, as if it weren't there.
 */
export function separateAdministration(app: NestFastifyApplication): { open(at: { readonly host: string; readonly port: number }): Promise<Server> } {
  const instance = app.getHttpAdapter().getInstance() as unknown as FastifyInstance & Routing;
  const admitted = new WeakSet<Socket>();
  instance.addHook('onRequest', async (request, reply) => {
    if (isAdministration(request) && !admitted.has(request.raw.socket)) await sendNotFound(request, reply);
  });
  return {
    open: async ({ host, port }) => {
      const server = createServer((request, response) => { instance.routing(request, response); });
      server.on('connection', (socket) => { admitted.add(socket); }).on('clientError', answerUnparsed);
      Object.assign(server, { requestTimeout: instance.server.requestTimeout, headersTimeout: instance.server.headersTimeout });
      await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, resolve); });
      return server;
    },
  };
}

/** By the route that was found, not by how the path was spelled. */
function isAdministration({ routeOptions: { url } }: FastifyRequest): boolean {
  return url !== undefined && (url === '/admin' || url.startsWith('/admin/'));
}

async function sendNotFound(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const type = problemType(request.headers.accept, defaultHttpOptions.defaultMediaType);
  const path = request.url.split('?')[0] ?? '';
  const { status, problem } = answer('not-found', { detail: `Nothing is served at ${path}; /docs lists what is`, instance: request.url });
  await reply.code(status).header('content-type', type.replace('/', '/problem+')).header('vary', 'Accept').send(writeDocument({ schema: 'Problem', document: problem, type }));
}
