import { randomUUID } from 'node:crypto';
import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { BrokerError } from '#model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { busy } from './admission/admission.js';
import type { ApiReply, ApiRequest } from './exchange.js';
import { KnownRoutes } from './known-routes.js';
import { problemType } from './negotiation.js';
import type { MediaType } from './negotiation.js';
import { answer, answerTo } from './problem.js';
import type { Answer } from './problem.js';
import { baseUrl, writeDocument } from './reply.js';
import { HTTP_API } from './settings.js';
import type { HttpApi } from './settings.js';

const problemTypeText: Readonly<Record<MediaType, string>> = {
  'application/json': 'application/problem+json; charset=utf-8', 'application/yaml': 'application/problem+yaml', 'application/xml': 'application/problem+xml',
};

interface WrittenAnswer { readonly status: number; readonly retryAfter?: number | undefined; readonly type: MediaType; readonly text: string }

/** The last stop of every error: turns it into a problem document. What nobody threw on purpose is logged with an identifier. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly sentAway = new Map<string, WrittenAnswer>();

  constructor(@Inject(HTTP_API) private readonly api: HttpApi, @Inject(KnownRoutes) private readonly routes: KnownRoutes) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    await this.fail(error, host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>());
  }

  /** The same without Nest. Never throws. */
  async fail(error: unknown, request: ApiRequest, reply: ApiReply): Promise<void> {
    if (reply.sent) {
      this.api.log.error('request failed after its answer began', { method: request.method, route: request.routeOptions.url, error: describe(error) });
      return;
    }
    try {
      await this.answer(error, request, reply);
    } catch (failure) {
      this.api.log.error('no problem document could be made', { error: describe(error), failure: describe(failure) });
      if (!reply.sent) await reply.code(500).header('content-type', 'application/problem+json').send(JSON.stringify(answer('defect', {}).problem));
    }
  }

  private async answer(error: unknown, request: ApiRequest, reply: ApiReply): Promise<void> {
    const judged = this.judge(error, request, reply);
    const challenge = this.challengeOf(error, request);
    if (challenge !== undefined) void reply.header('www-authenticate', challenge);
    const type = problemType(request.headers.accept, this.api.options.defaultMediaType);
    await send(reply, { ...judged, type, text: writeDocument({ schema: 'Problem', document: judged.problem, type }) });
  }

  /** Tells that an ask has no room. Only for the few addresses of asks: what was written is kept for each. */
  sendAway(request: ApiRequest, reply: ApiReply): void {
    const type = problemType(request.headers.accept, this.api.options.defaultMediaType);
    const key = `${type} ${request.url}`;
    const written = this.sentAway.get(key) ?? this.writeBusy(request, type);
    this.sentAway.set(key, written);
    void send(reply, written);
  }

  private writeBusy(request: ApiRequest, type: MediaType): WrittenAnswer {
    const known = answerTo(busy, request.url, '') ?? answer('busy', {});
    return { ...known, type, text: writeDocument({ schema: 'Problem', document: known.problem, type }) };
  }

  private challengeOf(error: unknown, request: ApiRequest): string | undefined {
    if (!(error instanceof BrokerError)) return undefined;
    if (this.api.challenges) return this.api.challenges(error, baseUrl(request, this.api));
    return error.word === 'unauthenticated' ? `Basic realm="${this.api.options.realm}", charset="UTF-8"` : undefined;
  }

  private judge(error: unknown, request: ApiRequest, reply: ApiReply): Answer {
    const known = answerTo(error, request.url, baseUrl(request, this.api));
    // Whatever else is wrong with a call that nothing serves: first it has to go elsewhere.
    if (known && known.status < 500 && request.is404) return this.noRoute(request, reply);
    if (known) return known;
    const id = randomUUID();
    this.api.log.error('unexpected error', { id, method: request.method, route: request.routeOptions.url, error: describe(error) });
    return answer('defect', { detail: `Unexpected error; the operator finds it in the log by ${id}`, instance: `urn:uuid:${id}` });
  }

  private noRoute(request: ApiRequest, reply: ApiReply): Answer {
    const path = request.url.split('?')[0] ?? '';
    const methods = this.routes.methodsOf(path);
    if (methods.length === 0 || methods.includes(request.method)) return answer('not-found', { detail: `Nothing is served at ${path}; /docs lists what is`, instance: request.url });
    void reply.header('allow', methods.join(', '));
    return answer('method-not-allowed', { detail: `${path} knows ${methods.join(', ')}, not ${request.method}`, instance: request.url });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function send(reply: ApiReply, { status, retryAfter, type, text }: WrittenAnswer): unknown {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (!reply.hasHeader('vary')) reply.header('vary', 'Accept');
  return reply.code(status).header('content-type', problemTypeText[type]).send(text);
}
