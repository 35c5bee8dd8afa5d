import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { BrokerError, allRoles, allScopes, formatInstant, hasScope, realmOf, reason } from '#model';
import type { AccessToken, Instant, Requester } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { lengthAt, malformedAt, membersOf, requireUuid, textAt, wordsAt } from './input.js';
import type { Members } from './input.js';
import { hashOfToken, newPersonalToken } from '../identity/personal-tokens.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type TokenRequest = FastifyRequest<{ Params: { id: string } }>;

/** One's own personal access tokens. */
@Controller('tokens')
export class PersonalTokensController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['AccessTokenList']> {
    const owner = await this.owner(request);
    return { tokens: (await this.access.tokens.listOf(owner.id)).map(present) };
  }

  /** The answer is the only place where the token ever stands. */
  @Post()
  async create(@Req() request: FastifyRequest): Promise<Schemas['NewAccessTokenAnswer']> {
    const owner = await this.owner(request);
    const token = newPersonalToken();
    const kept = this.read(request.body, owner, hashOfToken(token));
    await this.access.auditor.noted(owner, { action: 'token.create', subject: kept.id, facts: { name: kept.name, expires: formatInstant(kept.expires) } }, async () => {
      await this.refuseTooMany(owner);
      await this.access.tokens.add(kept);
    });
    return { ...present(kept), token };
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Req() request: TokenRequest): Promise<void> {
    const owner = await this.owner(request);
    const id = requireUuid(request.params.id, 'token');
    await this.access.auditor.noted(owner, { action: 'token.revoke', subject: id }, async () => {
      if (!(await this.access.tokens.remove(id, owner.id))) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no {what} {id} here', { what: 'token', id })]);
    });
    this.access.authenticator.forgetTokensOf(owner.id);
  }

  /** A token makes no tokens: it would outlive its own end. Nor do those for whom an aggregator speaks, whom we know for a moment only. */
  private async owner(request: FastifyRequest): Promise<Requester> {
    const owner = await this.access.requesterOf(request);
    if (['password', 'bearer'].includes(owner.origin?.credential ?? '')) return owner;
    throw new BrokerError('forbidden', 'caller', [reason('forbidden', 'Tokens are managed by who logs in with a password or at an issuer, not by {credential}', { credential: owner.origin?.credential ?? 'none' })]);
  }

  private read(body: unknown, owner: Requester, hash: string): AccessToken {
    const { clock, tokenRules } = this.access;
    const members = membersOf(body, ['name', 'lifetime', 'scopes', 'roles']);
    const now = clock.now();
    const name = textAt(members, 'name', 100);
    if (name === undefined) throw malformedAt('name', 'is missing', 'say what the token is for');
    const lifetime = lengthAt(members, 'lifetime', now) ?? Math.min(tokenRules.longest, usualLife);
    if (lifetime > tokenRules.longest) throw malformedAt('lifetime', 'is longer than this node allows', `ask for at most ${Math.floor(tokenRules.longest / dayLength)} days`);
    const powers = powersOf(members, owner);
    return { id: randomUUID(), hash, owner: owner.id, ownerName: owner.name, name, realm: realmOf(owner), groups: owner.groups, created: now, expires: now + lifetime, ...powers };
  }

  private async refuseTooMany(owner: Requester): Promise<void> {
    const now = this.access.clock.now();
    const { most } = this.access.tokenRules;
    const open = (await this.access.tokens.listOf(owner.id)).filter(({ expires }) => expires > now);
    if (open.length >= most) throw new BrokerError('conflict', 'caller', [reason('too-many-tokens', 'You have {most} tokens already; revoke one first', { most })]);
  }
}

const dayLength = 86_400_000;
const usualLife = 30 * dayLength;

/** Never more than its owner has. */
function powersOf(members: Members, owner: Requester): Pick<AccessToken, 'scopes' | 'roles'> {
  const scopes = wordsAt(members, 'scopes', allScopes) ?? (owner.scopes ? allScopes.filter((scope) => hasScope(owner, scope)) : undefined);
  const roles = wordsAt(members, 'roles', allRoles) ?? ['user'];
  const beyond = scopes?.find((scope) => !hasScope(owner, scope)) ?? roles.find((role) => !owner.roles.includes(role));
  if (beyond === undefined) return { roles, ...(scopes ? { scopes } : {}) };
  throw new BrokerError('forbidden', 'caller', [reason('forbidden', 'You have no {beyond} yourself, so no token of yours can', { beyond })]);
}

function present({ id, name, created, expires, lastUsed, scopes, roles }: AccessToken): Schemas['AccessToken'] {
  return { id, name, created: formatInstant(created), expires: formatInstant(expires), roles, ...(scopes ? { scopes } : {}), ...usedAt(lastUsed) };
}

function usedAt(lastUsed: Instant | undefined): { readonly lastUsed?: string } {
  return lastUsed === undefined ? {} : { lastUsed: formatInstant(lastUsed) };
}
