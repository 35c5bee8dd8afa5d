import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { readUpdate } from '../body/read-update.js';
import { readBody } from '../body/unread-body.js';
import type { ApiReply, ApiRequest } from '../exchange.js';
import type { IdParams } from '../front/plain-exchange.js';
import { answerType } from '../negotiation.js';
import { sessionAnswer, sessionsAnswer } from '../present/answers.js';
import { presentCapacity, presentDigest } from '../present/report.js';
import { readSessionId, readSessionQuery, readWindow } from '../query.js';
import type { Query } from '../query.js';
import { baseUrl, send, show } from '../reply.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';

type SessionRequest = ApiRequest<IdParams>;

/** Sessions, what they may become, and the calendar they stand in. */
@Controller()
export class SessionsController {
  constructor(@Inject(HTTP_API) private readonly api: HttpApi, @Inject(Admission) private readonly admission: Admission) {}

  @Get('sessions')
  async list(@Req() request: ApiRequest & { readonly query: Query }, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    const sessions = await this.api.broker.sessions(readSessionQuery(request.query), requester);
    await send(reply, 200, { schema: 'SessionList', document: sessionsAnswer(sessions, baseUrl(request, this.api)), type });
  }

  @Get('sessions/:uuid')
  async session(@Req() request: SessionRequest, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    const session = await this.api.broker.session(readSessionId(request.params.uuid), requester);
    await show(request, reply, { schema: 'AbstractExecutionSession', document: sessionAnswer(session, baseUrl(request, this.api)), type });
  }

  @Post('sessions/:uuid')
  async update(@Req() request: SessionRequest, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    const session = await this.api.broker.update(readSessionId(request.params.uuid), readUpdate(readBody(request.body, 'AbstractUpdate')), requester);
    await send(reply, 200, { schema: 'AbstractExecutionSession', document: sessionAnswer(session, baseUrl(request, this.api)), type });
  }

  @Get('capacity')
  async capacity(@Req() request: ApiRequest & { readonly query: Query }, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    const report = await this.api.broker.capacity(readWindow(request.query, this.api.clock.now()), requester);
    await send(reply, 200, { schema: 'CapacityReport', document: presentCapacity(report), type });
  }

  /** With an ETag: aggregators look often, and mostly nothing has changed. */
  @Get('digest')
  async digest(@Req() request: ApiRequest, @Res() reply: ApiReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    await show(request, reply, { schema: 'Digest', document: presentDigest(await this.api.broker.digest(requester)), type });
  }
}
