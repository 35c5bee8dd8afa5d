/** Sends cases to a whole node and judges each answer; between batches, whether anything was left held. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { request } from 'undici';
import { parse } from 'yaml';
import type { Json, TestNode } from '../support/node.js';
import { cases } from './cases.js';
import type { Case } from './cases.js';

export interface FuzzReport { readonly cases: number; readonly statuses: Readonly<Record<string, number>>; readonly findings: readonly string[]; readonly heapMegabytes: readonly number[] }

const authorization = `Basic ${Buffer.from('alice:correct horse battery staple').toString('base64')}`;
const admin = `Basic ${Buffer.from('admin:correct horse battery staple').toString('base64')}`;
const batch = 250;
const atOnce = 8;
const mostFindings = 20;

export class FuzzRun {
  private readonly statuses: Record<string, number> = {};
  private readonly findings: string[] = [];
  private readonly heap: number[] = [];
  private readonly uuids: string[] = [];
  private done = 0;

  constructor(private readonly node: TestNode) {}

  async run(count: number, seed: number): Promise<FuzzReport> {
    for (let number = 0; this.done < count && this.findings.length < mostFindings; number += 1) {
      const known = this.uuids.splice(0).slice(-20);
      await this.sendAll(fc.sample(cases({ uuids: known }), { numRuns: Math.min(batch, count - this.done), seed: seed + number }));
      await this.giveBack();
      globalThis.gc?.();
      this.heap.push(Math.round(process.memoryUsage().heapUsed / 2 ** 20));
    }
    return { cases: this.done, statuses: this.statuses, findings: this.findings, heapMegabytes: this.heap };
  }

  private async sendAll(all: readonly Case[]): Promise<void> {
    const queue = [...all];
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        await this.send(one).catch((error: unknown) => { this.find(one as Case, `no answer: ${String(error)}`); });
        await turn();
      }
    }));
  }

  private async send(one: Case): Promise<void> {
    this.done += 1;
    const asAdmin = one.path.startsWith('/admin');
    const answer = await request(this.node.running.url + one.path, {
      method: one.method as 'GET', headers: { ...one.headers, authorization: asAdmin ? admin : authorization }, ...(one.body === undefined ? {} : { body: one.body }),
    });
    const text = await answer.body.text();
    const status = answer.statusCode;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    const fault = faultOf(status, String(answer.headers['content-type'] ?? ''), text);
    if (fault !== undefined) this.find(one, `${status}: ${fault}`);
    if (status === 200 || status === 303) this.note(String(answer.headers['content-type'] ?? ''), text);
  }

  /** Remembers what there is, so that later cases can name it. */
  private note(type: string, text: string): void {
    if (!/json|yaml/.test(type) || text === '') return;
    const document = parse(text) as Json;
    const sessions = [...(Array.isArray(document?.offers) ? document.offers as Json[] : []), ...(document?.phase === undefined ? [] : [document])];
    for (const session of sessions) if (session.meta?.uuid) this.uuids.push(String(session.meta.uuid));
  }

  /** Rejects offers and cancels sessions: then everything must be free, or something refused left a hold. */
  private async giveBack(): Promise<void> {
    await this.node.advance('PT10M');
    await this.cancelAll();
    await this.emptyCalendar();
    await this.node.advance('PT10M');
    const now = new Date(this.node.clock.now());
    const report = (await this.node.as('alice').get(`/capacity?from=${now.toISOString()}&to=${new Date(now.getTime() + 40 * 86_400_000).toISOString()}`)).body;
    for (const pool of report.pools as Json[]) {
      const kept = (pool.free as Json[]).filter((free) => Object.entries(pool.total as Json).some(([name, amount]) => free[name] !== amount));
      if (kept.length > 0) this.findings.push(`something is still held of ${pool.pool ?? pool.name}: ${JSON.stringify(kept[0])} of ${JSON.stringify(pool.total)}`);
    }
  }

  private async cancelAll(): Promise<void> {
    const live = '/sessions?phase=ACCEPTED,WAITING,PREPARING,AVAILABLE,RUNNING&limit=100';
    const root = this.node.as('admin');
    for (let sessions = (await root.get(live)).body.sessions as Json[]; sessions.length > 0; sessions = (await root.get(live)).body.sessions as Json[]) {
      for (const session of sessions) await root.update(session, 'CANCELLED');
      await this.node.advance('PT1M');
    }
  }

  /** The administrator's calls made entries too. */
  private async emptyCalendar(): Promise<void> {
    const root = this.node.as('admin');
    const { status, body } = await root.get('/admin/calendar');
    for (const { id } of status === 200 ? (body.entries ?? body) as Json[] : []) await root.call('DELETE', `/admin/calendar/${String(id)}`);
  }

  private find(one: Case, what: string): void {
    this.findings.push(`${one.operation} ${one.method} ${one.path.slice(0, 120)} ${JSON.stringify(one.headers)} ${what}\n  ${(one.body ?? '').slice(0, 600)}`);
  }
}

/** Words of problems that name a field and a fix. */
const explained = new Set([400, 406, 413, 415, 429, 503]);

/** Shedding (503, busy) is an answer of a machine that has too much to do. */
function faultOf(status: number, type: string, text: string): string | undefined {
  if (status === 503 && text.includes('problem:busy')) return undefined;
  if (status >= 500) return `a fault of ours: ${text.slice(0, 300)}`;
  if (status < 400) return undefined;
  if (!type.includes('problem+')) return /json|yaml|xml/.test(type) ? refusalFault(text) : `not a problem document but ${type}`;
  if (type.includes('xml')) return /<fix>|fix/.test(text) || !explained.has(status) ? undefined : 'the problem has no fix';
  const problem = parse(text) as Json;
  if (typeof problem?.type !== 'string' || problem.status !== status || typeof problem.title !== 'string') return `no problem document: ${text.slice(0, 200)}`;
  return explained.has(status) && !hasFix(problem) ? `no field and fix: ${text.slice(0, 300)}` : undefined;
}

/** `POST /direct` answers 400 with what was refused, and why. */
function refusalFault(text: string): string | undefined {
  const isXml = text.startsWith('<');
  const document = isXml ? undefined : parse(text) as Json;
  return isXml && /<message>/.test(text) || document?.meta?.messages?.length > 0 ? undefined : `neither a problem nor a refusal: ${text.slice(0, 200)}`;
}

function hasFix(problem: Json): boolean {
  const faults = (problem.faults ?? []) as Json[];
  const reasons = (problem.reasons ?? []) as Json[];
  return faults.some((one) => one.fix) || reasons.some((one) => one.values?.fix);
}
