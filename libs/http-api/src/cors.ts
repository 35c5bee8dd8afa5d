/** Cross-origin requests of browsers, for the origins that the operator lists. Credentials travel in Authorization, never in cookies. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const readable = 'Location, ETag, Retry-After, WWW-Authenticate, Allow, Preference-Applied';
const dayInSeconds = 86_400;

/** `origins`: as browsers write them, for example `https://portal.example.org`; `*` stands for every one. */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  server.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    void reply.header('vary', 'Accept, Origin');
    if (origin === undefined || !(allowed.has('*') || allowed.has(origin))) return;
    void reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', readable);
    if (isPreflight(request)) await answerPreflight(request, reply);
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
