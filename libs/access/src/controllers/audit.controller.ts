import { Readable } from 'node:stream';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { formatInstant } from '#model';
import type { AuditQuery, KeptAuditEntry } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admit } from './gate.js';
import { instantAt, malformedAt, numberAt, textAt } from './input.js';
import type { Members } from './input.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type AuditRequest = FastifyRequest<{ Querystring: Members }>;
const mostListed = 1_000;
const usuallyListed = 100;

/** The audit record, for admins and auditors. Looking at it is recorded too. */
@Controller('admin/audit')
export class AuditController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  /** Newest first; with `Accept: application/x-ndjson` all of it, oldest first, a line for each entry. */
  @Get()
  async list(@Req() request: AuditRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Schemas['AuditList'] | undefined> {
    const requester = await admit(this.access, request, 'admins and auditors');
    const query = readQuery(request.query);
    const asLines = /\bapplication\/(?:x-ndjson|jsonl)\b/.test(request.headers.accept ?? '');
    await this.access.auditor.note(requester, { action: 'admin.audit', outcome: 'done', facts: { export: asLines } });
    if (!asLines) return { entries: (await this.access.audit.find(query)).map(present) };
    void reply.header('content-type', 'application/x-ndjson; charset=utf-8').header('cache-control', 'no-store');
    await reply.send(Readable.from(this.lines(query), { objectMode: false }));
    return undefined;
  }

  @Get('verification')
  async verify(@Req() request: AuditRequest): Promise<Schemas['AuditVerification']> {
    const requester = await admit(this.access, request, 'admins and auditors');
    const number = numberAt(request.query, 'number', Number.MAX_SAFE_INTEGER);
    const hash = textAt(request.query, 'hash', 64);
    if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw malformedAt('hash', 'is not 64 hexadecimal digits', 'write it as GET /admin/audit shows it');
    if ((number === undefined) !== (hash === undefined)) throw malformedAt('hash', 'a noted entry has a number and a hash', 'give both or none');
    const verdict = await this.access.audit.verify(number === undefined || hash === undefined ? undefined : { number, hash });
    await this.access.auditor.note(requester, { action: 'admin.audit-verify', outcome: 'done', facts: { entries: verdict.entries, sound: verdict.fault === undefined } });
    const { pruned, ...found } = verdict;
    return { sound: verdict.fault === undefined, ...found, ...(pruned ? { pruned: { ...pruned, at: formatInstant(pruned.at) } } : {}) };
  }

  private async* lines(query: AuditQuery): AsyncGenerator<string> {
    let after = query.after ?? 0;
    for (;;) {
      const entries = await this.access.audit.find({ ...query, after, limit: mostListed });
      for (const one of entries) yield `${JSON.stringify(present(one))}\n`;
      if (entries.length < mostListed) return;
      after = entries.at(-1)?.number ?? after;
    }
  }
}

function readQuery(query: Members): AuditQuery {
  const most = Number.MAX_SAFE_INTEGER;
  const given = {
    from: instantAt(query, 'from'), to: instantAt(query, 'to'), who: textAt(query, 'who', 400), action: textAt(query, 'action', 60), subject: textAt(query, 'subject', 100),
    outcome: textAt(query, 'outcome', 20), after: numberAt(query, 'after', most), before: numberAt(query, 'before', most),
  };
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { limit: numberAt(query, 'limit', mostListed) ?? usuallyListed, ...told };
}

function present({ number, hash, entry }: KeptAuditEntry): Schemas['AuditEntry'] {
  return { number, ...entry, at: formatInstant(entry.at), hash };
}
