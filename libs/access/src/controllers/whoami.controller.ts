import { Controller, Get, Inject, Req } from '@nestjs/common';
import { realmOf } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

/** Whom the broker takes the caller for. */
@Controller('whoami')
export class WhoAmIController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  async show(@Req() request: FastifyRequest): Promise<Schemas['Identity']> {
    const requester = await this.access.requesterOf(request);
    const { id, name, roles, groups, scopes, origin } = requester;
    return { id, name, realm: realmOf(requester), roles, groups, credential: origin?.credential ?? 'none', ...(scopes ? { scopes } : {}) };
  }
}
