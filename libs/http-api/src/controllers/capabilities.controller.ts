import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { presentCapabilities, vosiCapabilities } from '../capabilities.js';
import { baseUrl, show } from '../reply.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';

/** What the node can do; open to everybody, as VOSI wants. */
@Controller()
export class CapabilitiesController {
  /** Nothing of the VOSI document changes while the node runs. */
  private readonly since: string;

  constructor(@Inject(HTTP_API) private readonly api: HttpApi) {
    this.since = new Date(api.clock.now()).toUTCString();
  }

  @Get('capabilities.json')
  async asJson(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await show(request, reply, { schema: 'Capabilities', document: presentCapabilities(await this.api.facts(), this.api.options), type: 'application/json' });
  }

  @Get('capabilities')
  async asVosi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.header('content-type', 'text/xml; charset=utf-8').header('last-modified', this.since);
    await reply.send(vosiCapabilities(baseUrl(request, this.api), await this.api.facts()));
  }
}
