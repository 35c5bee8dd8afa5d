import { Controller, Delete, Get, HttpCode, Inject, Post, Put, Req } from '@nestjs/common';
import { BrokerError, formatInstant, localRealm, reason } from '#model';
import type { Account, Requester, RequesterId } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { isNameable } from '../passwords/credentials.js';
import { NewAccount, NewPassword, readInput } from './account-input.js';
import { admit } from './gate.js';
import { hashPassword } from '../passwords/passwords.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type NamedRequest = FastifyRequest<{ Params: { name: string } }>;

/** Local accounts, for admins. Passwords and their hashes are never shown. */
@Controller('admin/accounts')
export class AccountsController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['AccountList']> {
    await admit(this.access, request, 'admins and auditors');
    return { accounts: (await this.access.store.list()).map(present) };
  }

  @Post()
  async create(@Req() request: FastifyRequest): Promise<Schemas['Account']> {
    const admin = await this.admin(request);
    const { name, password, roles, groups } = readInput(NewAccount, request.body);
    return this.access.auditor.noted(admin, { action: 'admin.account-create', subject: name, facts: { roles: (roles ?? ['user']).join(' ') } }, async () => {
    if (await this.access.store.find(name)) throw new BrokerError('conflict', 'caller', [reason('account-exists', 'There is an account {name} already', { name }, { path: 'name' })]);
    const account: Account = { name, hash: await hashPassword(password), roles: roles ?? ['user'], groups: groups ?? [], created: this.access.clock.now(), disabled: false };
    await this.access.store.put(account);
    return present(account);
    });
  }

  @Put(':name/password')
  @HttpCode(204)
  async changePassword(@Req() request: NamedRequest): Promise<void> {
    const admin = await this.admin(request);
    const account = isNameable(request.params.name) ? await this.access.store.find(request.params.name) : undefined;
    if (!account) throw noAccount(request.params.name);
    const { password } = readInput(NewPassword, request.body);
    await this.access.auditor.noted(admin, { action: 'admin.account-password', subject: account.name }, async () => { await this.access.store.put({ ...account, hash: await hashPassword(password) }); });
    this.access.authenticator.forget(account.name);
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Req() request: NamedRequest): Promise<void> {
    const admin = await this.admin(request);
    const { name } = request.params;
    if (admin.id === `local:${name}`) throw new BrokerError('conflict', 'caller', [reason('own-account', 'Another admin has to remove your account')]);
    if (!isNameable(name)) throw noAccount(name);
    await this.access.auditor.noted(admin, { action: 'admin.account-remove', subject: name }, async () => {
      if (!(await this.access.store.remove(name))) throw noAccount(name);
      await this.access.tokens.removeAllOf(`${localRealm}:${name}` as RequesterId);
    });
    this.access.authenticator.forget(name);
  }

  private admin(request: FastifyRequest): Promise<Requester> {
    return admit(this.access, request, 'admins');
  }
}

function present({ name, roles, groups, created, disabled }: Account): Schemas['Account'] {
  return { name, roles, groups, created: formatInstant(created), disabled };
}

function noAccount(name: string): BrokerError {
  return new BrokerError('not-found', 'caller', [reason('no-account', 'There is no account {name}', { name: name.slice(0, 64) })]);
}
