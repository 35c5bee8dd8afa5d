import { Controller, Delete, Get, HttpCode, Inject, Put, Req } from '@nestjs/common';
import { formatInstant } from '#model';
import type { DrainSwitch, Drained } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { admit } from './gate.js';
import { membersOf, textAt } from './input.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

/** Draining the node: it offers nothing new, and keeps what it has promised. */
@Controller('admin/drain')
export class DrainController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  private get drain(): DrainSwitch {
    return this.access.drain as DrainSwitch;
  }

  @Get()
  async state(@Req() request: FastifyRequest): Promise<Schemas['DrainState']> {
    await admit(this.access, request, 'staff');
    return present(await this.drain.state());
  }

  @Put()
  async start(@Req() request: FastifyRequest): Promise<Schemas['DrainState']> {
    const operator = await admit(this.access, request, 'operators');
    const note = textAt(membersOf(request.body, ['note']), 'note', 200);
    return this.access.auditor.noted(operator, { action: 'admin.drain', ...(note === undefined ? {} : { facts: { note } }) }, async () => present(await this.drain.drain(operator.id, note)));
  }

  @Delete()
  @HttpCode(204)
  async end(@Req() request: FastifyRequest): Promise<void> {
    const operator = await admit(this.access, request, 'operators');
    await this.access.auditor.noted(operator, { action: 'admin.resume' }, () => this.drain.resume());
  }
}

function present(state: Drained | undefined): Schemas['DrainState'] {
  if (!state) return { drained: false };
  const { since, by, note } = state;
  return { drained: true, since: formatInstant(since), by, ...(note === undefined ? {} : { note }) };
}
