import { Controller, Delete, Get, HttpCode, Inject, Post, Put, Req } from '@nestjs/common';
import { BrokerError, formatInstant, isAdmin, reason } from '#model';
import type { Account, AccountStore, Clock, Requester } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { isNameable } from './credentials.js';
import { NewAccount, NewPassword, readInput } from './account-input.js';
import { Authenticator } from './authenticator.js';
import { hashPassword } from './passwords.js';
import { ACCOUNT_STORE, ACCESS_CLOCK } from './tokens.js';

type NamedRequest = FastifyRequest<{ Params: { name: string } }>;

/** Local accounts, for admins. Passwords and their hashes are never shown. */
@Controller('admin/accounts')
export class AccountsController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(ACCOUNT_STORE) private readonly store: AccountStore,
    @Inject(ACCESS_CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['AccountList']> {
    await this.admin(request);
    return { accounts: (await this.store.list()).map(present) };
  }

  @Post()
  async create(@Req() request: FastifyRequest): Promise<Schemas['Account']> {
    await this.admin(request);
    const { name, password, roles, groups } = readInput(NewAccount, request.body);
    if (await this.store.find(name)) throw new BrokerError('conflict', 'caller', [reason('account-exists', 'There is an account {name} already', { name }, { path: 'name' })]);
    const account: Account = { name, hash: await hashPassword(password), roles: roles ?? ['user'], groups: groups ?? [], created: this.clock.now(), disabled: false };
    await this.store.put(account);
    return present(account);
  }

  @Put(':name/password')
  @HttpCode(204)
  async changePassword(@Req() request: NamedRequest): Promise<void> {
    await this.admin(request);
    const account = isNameable(request.params.name) ? await this.store.find(request.params.name) : undefined;
    if (!account) throw noAccount(request.params.name);
    const { password } = readInput(NewPassword, request.body);
    await this.store.put({ ...account, hash: await hashPassword(password) });
    this.authenticator.forget(account.name);
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Req() request: NamedRequest): Promise<void> {
    const admin = await this.admin(request);
    const { name } = request.params;
    if (admin.id === `local:${name}`) throw new BrokerError('conflict', 'caller', [reason('own-account', 'Another admin has to remove your account')]);
    if (!isNameable(name) || !(await this.store.remove(name))) throw noAccount(name);
    this.authenticator.forget(name);
  }

  private async admin(request: FastifyRequest): Promise<Requester> {
    const requester = await this.authenticator.identify(request.headers.authorization);
    if (isAdmin(requester)) return requester;
    throw new BrokerError('forbidden', 'operator', [reason('forbidden', 'Accounts are for admins only')]);
  }
}

function present({ name, roles, groups, created, disabled }: Account): Schemas['Account'] {
  return { name, roles, groups, created: formatInstant(created), disabled };
}

function noAccount(name: string): BrokerError {
  return new BrokerError('not-found', 'caller', [reason('no-account', 'There is no account {name}', { name: name.slice(0, 64) })]);
}
