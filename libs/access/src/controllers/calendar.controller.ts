import { Controller, Delete, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { BrokerError, formatDuration, formatInstant, isUuid, reason } from '#model';
import type { CalendarAdministration, CalendarEntryId, CalendarView } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { readBody } from './account-input.js';
import { admit } from './gate.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type Query = Readonly<Record<string, unknown>>;
type EntryRequest = FastifyRequest<{ Params: { id: string }; Querystring: Query }>;

/** The site's own changes of capacity, for admins. */
@Controller('admin/calendar')
export class CalendarController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  private get calendar(): CalendarAdministration {
    return this.access.calendar as CalendarAdministration;
  }

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['CalendarEntryList']> {
    await admit(this.access, request, 'staff');
    return { entries: (await this.calendar.list()).map(present) };
  }

  @Post()
  async add(@Req() request: EntryRequest): Promise<Schemas['CalendarEntry']> {
    const operator = await admit(this.access, request, 'operators');
    const dry = readSwitch(request.query, 'dry');
    return this.access.auditor.noted(operator, { action: 'admin.calendar-add', facts: { dry } }, async () => present(await this.calendar.add(readBody(request.body), dry)));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: EntryRequest): Promise<void> {
    const operator = await admit(this.access, request, 'operators');
    const { id } = request.params;
    if (!isUuid(id)) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no calendar entry {id} here', { id: id.slice(0, 64) })]);
    const [dry, force] = [readSwitch(request.query, 'dry'), readSwitch(request.query, 'force')];
    await this.access.auditor.noted(operator, { action: 'admin.calendar-remove', subject: id, facts: { dry, force } }, () => this.calendar.remove(id as CalendarEntryId, { dry, force }));
  }
}

function readSwitch(query: Query, name: string): boolean {
  const value = query[name];
  if (value === undefined || value === 'false') return false;
  if (value === 'true' || value === '') return true;
  throw new BrokerError('malformed', 'caller', [reason('malformed', '{path}: {fault}; {fix}', { fault: 'is neither true nor false', fix: 'write true or leave it out' }, { path: name })]);
}

function present({ entry, isWhole, block }: CalendarView): Schemas['CalendarEntry'] {
  const { id, kind, pool, times, forced, created, name, amounts, note } = entry;
  return {
    id, kind, pool, forced, isWhole, created: formatInstant(created),
    times: times.map((one) => ({ start: formatInstant(one.start), ...(one.end === undefined ? {} : { end: formatInstant(one.end) }) })),
    ...(name === undefined ? {} : { name }), ...(amounts ? { amounts } : {}), ...(note === undefined ? {} : { note }), ...(block ? { block } : {}), ...termsOf(entry),
  };
}

function termsOf({ block, ended }: CalendarView['entry']): Pick<Schemas['CalendarEntry'], 'group' | 'grace' | 'whenFull' | 'ended'> {
  if (!block) return {};
  const { group, grace, whenFull } = block;
  return { group, whenFull, ...(grace === undefined ? {} : { grace: formatDuration(grace) }), ...(ended === undefined ? {} : { ended: formatInstant(ended) }) };
}
