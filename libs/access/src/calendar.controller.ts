import { Controller, Delete, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { BrokerError, formatDuration, formatInstant, isUuid, operates, readsEverything, reason } from '#model';
import type { CalendarAdministration, CalendarEntryId, CalendarView, Requester } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { readBody } from './account-input.js';
import { Authenticator } from './authenticator.js';
import { CALENDAR } from './tokens.js';

type Query = Readonly<Record<string, unknown>>;
type EntryRequest = FastifyRequest<{ Params: { id: string }; Querystring: Query }>;

/** The site's own changes of capacity, for admins. */
@Controller('admin/calendar')
export class CalendarController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(CALENDAR) private readonly calendar: CalendarAdministration,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['CalendarEntryList']> {
    await this.require(request, (requester) => operates(requester) || readsEverything(requester));
    return { entries: (await this.calendar.list()).map(present) };
  }

  @Post()
  async add(@Req() request: EntryRequest): Promise<Schemas['CalendarEntry']> {
    await this.require(request, operates);
    return present(await this.calendar.add(readBody(request.body), readSwitch(request.query, 'dry')));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: EntryRequest): Promise<void> {
    await this.require(request, operates);
    const { id } = request.params;
    if (!isUuid(id)) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no calendar entry {id} here', { id: id.slice(0, 64) })]);
    const [dry, force] = [readSwitch(request.query, 'dry'), readSwitch(request.query, 'force')];
    await this.calendar.remove(id as CalendarEntryId, { dry, force });
  }

  private async require(request: FastifyRequest, may: (requester: Requester) => boolean): Promise<void> {
    if (may(await this.authenticator.identify(request.headers.authorization))) return;
    throw new BrokerError('forbidden', 'operator', [reason('forbidden', 'The calendar is for operators and admins only')]);
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
