import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { allRoles, localRealm, reasonText } from '#model';
import type { ExecutionRequest, PolicyTrial, PolicyTrials, PolicyVerdict, Requester, RequesterId, Role } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { isNameable } from '../passwords/credentials.js';
import { admit } from './gate.js';
import { malformedAt, membersOf } from './input.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

/** Dry runs of the policies in force: what they would say to somebody, without holding anything. */
@Controller('admin/policies')
export class PoliciesController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Post('try')
  @HttpCode(200)
  async tryOut(@Req() request: FastifyRequest): Promise<Schemas['PolicyTrial']> {
    const admin = await admit(this.access, request, 'staff');
    const { as, request: asked } = membersOf(request.body, ['as', 'request']);
    if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) throw malformedAt('request', 'is no request', 'send the document that the requester would send');
    const requester = await this.requesterFrom(as);
    const facts = { as: requester.id };
    return this.access.auditor.noted(admin, { action: 'admin.policy-try', facts }, async () => present(await (this.access.policies as PolicyTrials).tryOut(asked as ExecutionRequest, requester)));
  }

  /** The name of a local account, or a description of somebody. */
  private async requesterFrom(as: unknown): Promise<Requester> {
    if (typeof as === 'string') {
      const account = isNameable(as) ? await this.access.store.find(as) : undefined;
      if (!account) throw malformedAt('as', `'${as.slice(0, 64)}' is no account of this node`, 'write the name of one, or describe somebody by id, realm, groups and scopes');
      return { id: `local:${account.name}` as RequesterId, name: account.name, realm: localRealm, roles: account.roles, groups: account.groups };
    }
    if (typeof as !== 'object' || as === null || Array.isArray(as)) throw malformedAt('as', 'says nobody', 'write the name of an account, or describe somebody by id, realm, groups and scopes');
    return describedBy(as as Readonly<Record<string, unknown>>);
  }
}

function describedBy({ id, realm, groups, scopes, roles }: Readonly<Record<string, unknown>>): Requester {
  const named = textOf(id, 'as.id') ?? 'tried:somebody';
  const found = textsOf(scopes, 'as.scopes');
  return {
    id: named as RequesterId, name: named, realm: textOf(realm, 'as.realm') ?? localRealm, groups: textsOf(groups, 'as.groups') ?? [],
    roles: (textsOf(roles, 'as.roles') ?? ['user']).filter((role): role is Role => (allRoles as readonly string[]).includes(role)), ...(found ? { scopes: found } : {}),
  };
}

function textOf(value: unknown, path: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw malformedAt(path, 'is no text', 'write a text');
}

function textsOf(value: unknown, path: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw malformedAt(path, 'is no list of texts', 'write a list');
}

function present({ version, result, reasons, verdicts, pools }: PolicyTrial): Schemas['PolicyTrial'] {
  return { version, result, reasons: reasons.map(reasonText), verdicts: verdicts.map(presentVerdict), pools: Object.entries(pools).map(([pool, verdict]) => ({ pool, verdict })) };
}

function presentVerdict({ policy, pool, verdict, reasons, facts }: PolicyVerdict): Schemas['PolicyTrial']['verdicts'][number] {
  const values = Object.entries(facts).map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) }));
  return { policy, verdict, reasons: reasons.map(reasonText), facts: values, ...(pool === undefined ? {} : { pool }) };
}
