import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemType } from '../negotiation.js';
import { send } from '../reply.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';

/** For monitoring; open to everybody, so it says nothing about users. */
@Controller()
export class OperationController {
  constructor(@Inject(HTTP_API) private readonly api: HttpApi) {}

  @Get('healthz')
  async health(@Res() reply: FastifyReply): Promise<void> {
    await send(reply, 200, { schema: 'Liveness', document: { alive: true }, type: 'application/json' });
  }

  @Get('readyz')
  async ready(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const readiness = await this.api.readiness();
    await send(reply, readiness.ready ? 200 : 503, { schema: 'Readiness', document: readiness, type: problemType(request.headers.accept, 'application/json') });
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', this.api.metrics.contentType).send(await this.api.metrics.metrics());
  }
}
