import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { MemberAdministration, MemberTest, MemberView, OnBehalfSigner } from '#federation';
import { BrokerError, formatInstant, operates, readsEverything, reason } from '#model';
import type { Requester } from '#model';
import type { Schemas } from '#openapi';

export const MEMBERS = Symbol('MEMBERS');

/** What the endpoints of an aggregator stand on. */
export interface MembersSetup {
  readonly administration: MemberAdministration;
  readonly signer: OnBehalfSigner;
  requesterOf(request: FastifyRequest): Promise<Requester>;
}

type Query = Readonly<Record<string, unknown>>;

/** Members of this aggregator: seen by admins, operators and auditors, changed by admins and operators. */
@Controller('admin/members')
export class MembersController {
  constructor(@Inject(MEMBERS) private readonly setup: MembersSetup) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['MemberList']> {
    await this.require(request, (requester) => operates(requester) || readsEverything(requester));
    return { members: (await this.setup.administration.list()).map(present) };
  }

  @Post()
  async add(@Req() request: FastifyRequest): Promise<Schemas['Member']> {
    await this.require(request, operates);
    return present(await this.setup.administration.add(readBody(request.body)));
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Req() request: FastifyRequest<{ Querystring: Query }>, @Param('name') name: string): Promise<void> {
    await this.require(request, operates);
    await this.setup.administration.remove(name, readSwitch(request.query, 'force'));
  }

  @Post(':name/drain')
  @HttpCode(200)
  async drain(@Req() request: FastifyRequest, @Param('name') name: string): Promise<Schemas['Member']> {
    await this.require(request, operates);
    return present(await this.setup.administration.drain(name, true));
  }

  @Delete(':name/drain')
  async undrain(@Req() request: FastifyRequest, @Param('name') name: string): Promise<Schemas['Member']> {
    await this.require(request, operates);
    return present(await this.setup.administration.drain(name, false));
  }

  @Post(':name/test')
  @HttpCode(200)
  async test(@Req() request: FastifyRequest, @Param('name') name: string): Promise<Schemas['MemberTest']> {
    await this.require(request, operates);
    return presentTest(await this.setup.administration.test(name));
  }

  private async require(request: FastifyRequest, may: (requester: Requester) => boolean): Promise<void> {
    if (may(await this.setup.requesterOf(request))) return;
    throw new BrokerError('forbidden', 'operator', [reason('forbidden', 'The members are for operators and admins only')]);
  }
}

/** Public keys of what this aggregator signs; open to everybody, as keys are. */
@Controller('federation')
export class KeysController {
  constructor(@Inject(MEMBERS) private readonly setup: MembersSetup) {}

  @Get('jwks.json')
  keys(): OnBehalfSigner['publicKeys'] {
    return this.setup.signer.publicKeys;
  }
}

function present({ since, kinds, ...view }: MemberView): Schemas['Member'] {
  return { ...view, ...(since === undefined ? {} : { since: formatInstant(since) }), ...(kinds ? { kinds: [...kinds] } : {}) };
}

function presentTest({ reasons, kinds, ...test }: MemberTest): Schemas['MemberTest'] {
  return { ...test, kinds: [...kinds], reasons: reasons.map((one) => one.template.replace(/\{([\w.-]+)\}/g, (place, name: string) => one.values[name] ?? place)) };
}

/** The HTTP library hands bodies on unread; see its UnreadBody. */
function readBody(body: unknown): unknown {
  const readable = body as { read?: () => { readonly value: unknown } } | null | undefined;
  return readable?.read?.().value;
}

function readSwitch(query: Query, name: string): boolean {
  const value = query[name];
  if (value === undefined || value === 'false') return false;
  if (value === 'true' || value === '') return true;
  throw new BrokerError('malformed', 'caller', [reason('malformed', '{path}: {fault}; {fix}', { fault: 'is neither true nor false', fix: 'write true or leave it out' }, { path: name })]);
}
