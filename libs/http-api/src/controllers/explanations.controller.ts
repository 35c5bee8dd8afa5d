import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../admission/admission.js';
import { answerType } from '../negotiation.js';
import { presentExplanation } from '../present/explanation.js';
import { readOfferSetId } from '../query.js';
import { baseUrl, show } from '../reply.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';

/** Why an answer is as it is, for whoever asked and for administrators. */
@Controller()
export class ExplanationsController {
  constructor(@Inject(HTTP_API) private readonly api: HttpApi, @Inject(Admission) private readonly admission: Admission) {}

  @Get('offersets/:uuid/explanation')
  async explanation(@Req() request: FastifyRequest<{ Params: { uuid: string } }>, @Res() reply: FastifyReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const type = answerType(request.headers.accept, this.api.options.defaultMediaType);
    const explanation = await this.api.broker.explanation(readOfferSetId(request.params.uuid), requester);
    await show(request, reply, { schema: 'Explanation', document: presentExplanation(explanation, baseUrl(request, this.api)), type });
  }
}
