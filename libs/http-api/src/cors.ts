/** Cross-origin requests of browsers, for the origins that the operator lists. Credentials travel in Authorization, never in cookies. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiReply, ApiRequest } from './exchange.js';

const readable = 'Location, ETag, Retry-After, WWW-Authenticate, Allow, Preference-Applied';
const dayInSeconds = 86_400;

/** What answers say to browsers; `origins`: as browsers write them, for example `https://portal.example.org`; `*` stands for every one. Undefined: nothing. */
export function originWriter(origins: readonly string[]): ((request: ApiRequest, reply: ApiReply) => void) | undefined {
  if (origins.length === 0) return undefined;
  const allowed = new Set(origins);
  return ({ headers: { origin } }, reply) => {
    reply.header('vary', 'Accept, Origin');
    if (origin === undefined || !(allowed.has('*') || allowed.has(origin))) return;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', readable);
  };
}

/** Puts that on every answer, and answers what browsers ask before a request. */
export function allowOrigins(server: FastifyInstance, write: ReturnType<typeof originWriter>): void {
  if (!write) return;
  server.addHook('onRequest', async (request, reply) => {
    write(request, reply);
    if (isPreflight(request) && reply.hasHeader('access-control-allow-origin')) await answerPreflight(request, reply);
  });
}

function isPreflight(request: FastifyRequest): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
}

async function answerPreflight(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const headers = String(request.headers['access-control-request-headers'] ?? '').slice(0, 1000);
  void reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, DELETE').header('access-control-max-age', String(dayInSeconds));
  if (/^[\w\s,-]+$/.test(headers)) void reply.header('access-control-allow-headers', headers);
  await reply.code(204).send();
}
