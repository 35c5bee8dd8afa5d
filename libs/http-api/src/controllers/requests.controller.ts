import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { readPassage } from '#model';
import type { ExecutionRequest } from '#model';
import { loadDocument } from '#openapi';
import { Admission } from '../admission/admission.js';
import { requestReader } from '../body/read-request.js';
import { readBody } from '../body/unread-body.js';
import type { ParsedBody } from '../body/parsed-body.js';
import type { ApiReply, ApiRequest } from '../exchange.js';
import type { IdParams } from '../front/plain-exchange.js';
import { answerType } from '../negotiation.js';
import type { MediaType } from '../negotiation.js';
import { offerSetAnswer, sessionAnswer } from '../present/answers.js';
import { offerSetUrl, presentRefusal, sessionUrl } from '../present/session.js';
import { readOfferSetId } from '../query.js';
import { baseUrl, send, show } from '../reply.js';
import type { Answered } from '../reply.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';

/** Asking: requests, direct executions, and the offer sets that come of them. */
@Controller()
export class RequestsController {
  private readonly read: (body: ParsedBody) => ExecutionRequest = requestReader(loadDocument());

  constructor(@Inject(HTTP_API) private readonly api: HttpApi, @Inject(Admission) private readonly admission: Admission) {}

  @Post('requests')
  async ask(@Req() request: ApiRequest, @Res() reply: ApiReply): Promise<void> {
    this.admission.requireRoom();
    const requester = await this.api.requesterOf(request);
    const type = this.answerType(request);
    const set = await this.admission.ask(requester, () => this.api.broker.ask(this.read(readBody(request.body, 'ExecutionRequest')), requester, readPassage(request.headers)));
    const base = baseUrl(request, this.api);
    await this.sendMade(request, reply, { url: offerSetUrl(set.id, base), schema: 'OfferSetResponse', document: offerSetAnswer(set, base), type });
  }

  @Post('direct')
  async direct(@Req() request: ApiRequest, @Res() reply: ApiReply): Promise<void> {
    this.admission.requireRoom();
    const requester = await this.api.requesterOf(request);
    const type = this.answerType(request);
    const outcome = await this.admission.ask(requester, () => this.api.broker.direct(this.read(readBody(request.body, 'ExecutionRequest')), requester));
    const base = baseUrl(request, this.api);
    if ('result' in outcome) await send(reply, 400, { schema: 'AbstractExecutionSession', document: presentRefusal(outcome, base), type });
    else await this.sendMade(request, reply, { url: sessionUrl(outcome, base), schema: 'AbstractExecutionSession', document: sessionAnswer(outcome, base), type });
  }

  @Get('offersets/:uuid')
  async offerSet(@Req() request: ApiRequest<IdParams>, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const type = this.answerType(request);
    const set = await this.api.broker.offerSet(readOfferSetId(request.params.uuid), requester);
    await show(request, reply, { schema: 'OfferSetResponse', document: offerSetAnswer(set, baseUrl(request, this.api)), type });
  }

  private answerType(request: ApiRequest): MediaType {
    return answerType(request.headers.accept, this.api.options.defaultMediaType);
  }

  /** v1.0 clients expect a redirect with the document in its body; `Prefer: return=representation` gives 200 instead. */
  private async sendMade(request: ApiRequest, reply: ApiReply, made: Answered & { readonly url: string }): Promise<void> {
    const preference = prefersRepresentation(request.headers['prefer']);
    void reply.header('location', made.url);
    if (preference) void reply.header('preference-applied', 'return=representation');
    await send(reply, preference || this.api.options.answer === 'representation' ? 200 : 303, made);
  }
}

function prefersRepresentation(header: string | readonly string[] | undefined): boolean {
  return header !== undefined && /\breturn\s*=\s*representation\b/i.test(typeof header === 'string' ? header : header.join(','));
}
