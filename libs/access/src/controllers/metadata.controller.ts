import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allScopes } from '#model';
import { metadataPath } from '../identity/challenges.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type Login = NonNullable<Access['issuers'][number]['login']>;

/** Where to log in (RFC 9728); open to everybody. */
@Controller()
export class MetadataController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get(metadataPath)
  async metadata(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { issuers } = this.access;
    const clients = issuers.flatMap(({ issuer, login }) => (login ? [clientOf(issuer, login)] : []));
    void reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*');
    await reply.send(JSON.stringify({
      resource: this.access.baseUrlOf(request), authorization_servers: issuers.map(({ issuer }) => issuer), scopes_supported: allScopes,
      bearer_methods_supported: ['header'], resource_name: 'Execution broker', login_clients: clients,
    }));
  }
}

function clientOf(issuer: string, { clientId, scopes, resource, audience, exchangeFor }: Login): Readonly<Record<string, string>> {
  return {
    issuer, client_id: clientId, scope: scopes.join(' '), ...(resource === undefined ? {} : { resource }), ...(audience === undefined ? {} : { audience }),
    ...(exchangeFor === undefined ? {} : { exchange_for: exchangeFor }),
  };
}
