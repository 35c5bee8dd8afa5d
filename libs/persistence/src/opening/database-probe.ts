/** Whether the database takes reads and writes now, and if not, why: for readiness. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '#model';
import type { LedgerStore, Turn } from '#booking';
import { codeOf, messageOf } from '../faults.js';
import { migrations } from '../migrations/index.js';

/** A database that is slower than this is not ready. */
const patience = 3_000;
/** Whoever asks more often gets the last answer. */
const answersFor = 500;
/** More than fits beside other rows in a page, so that room has to be found for it. */
const trialBytes = 16_384;

const state = `select current_setting('transaction_read_only') = 'on' as closed, pg_is_in_recovery() as standby,
  (select string_agg(name, ', ') from migrations where name <> all($1::text[])) as newer`;
const known = migrations.map((one) => one.name);

export class DatabaseProbe {
  /** Why the last write was refused for the state of the whole database; undefined after one that was made. */
  private refused: string | undefined;
  private last: { readonly at: number; readonly fault: Promise<string | undefined> } | undefined;

  constructor(private readonly pool: pg.Pool, private readonly log: Log) {}

  /** What is wrong with the database; undefined when it is in order. Asked at most twice a second, however many ask. */
  fault(): Promise<string | undefined> {
    const now = performance.now();
    if (!this.last || now - this.last.at > answersFor) this.last = { at: now, fault: this.look() };
    return this.last.fault;
  }

  /** The same ledger; what becomes of its commits is remembered here. */
  watch<Store extends LedgerStore>(ledger: Store): Store {
    const noted = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => async (...args: Args): Promise<T> => this.note(call(...args));
    const takeTurn = async (version: number): Promise<Turn> => {
      const turn = await this.note(ledger.takeTurn(version));
      return { ...turn, commit: noted(turn.commit) };
    };
    return Object.assign(Object.create(ledger) as Store, { commit: noted(ledger.commit.bind(ledger)), takeTurn });
  }

  private async note<T>(write: Promise<T>): Promise<T> {
    try {
      const made = await write;
      this.refused = undefined;
      return made;
    } catch (cause) {
      if (/^(53|25006|58)/.test(codeOf(cause) ?? '')) this.refused = messageOf(cause);
      throw cause;
    }
  }

  private async look(): Promise<string | undefined> {
    const late = new AbortController();
    const tooLate = wait(patience, `it did not answer within ${patience / 1000} s`, { signal: late.signal });
    try {
      const fault = await Promise.race([this.stateFault(), tooLate]);
      if (fault !== undefined) this.log.warn('the database is not ready', { fault });
      return fault;
    } catch (cause) {
      this.log.warn('the database does not answer', { cause: messageOf(cause) });
      return messageOf(cause) || codeOf(cause) || 'it does not answer';
    } finally {
      tooLate.catch((ended: unknown) => { if (!late.signal.aborted) throw ended; });
      late.abort();
    }
  }

  private async stateFault(): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ closed: boolean; standby: boolean; newer: string | null }>(state, [known]);
    if (rows[0]?.standby) return 'it is a standby, which takes no writes';
    if (rows[0]?.closed) return 'it is read-only';
    if (typeof rows[0]?.newer === 'string') return `it was migrated by a newer version of this software (${rows[0].newer}), which has to take over from this replica`;
    // Room comes back without a write of ours, which nobody sends to a node that is not ready: so it is tried.
    if (this.refused !== undefined) this.refused = await this.trialFault();
    return this.refused;
  }

  private async trialFault(): Promise<string | undefined> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into session_log (session, output) values (gen_random_uuid(), $1)', [randomBytes(trialBytes)]);
      await client.query("insert into ledger_log (ledger, version, token, at, events) select id, -1, gen_random_uuid(), 0, '[]' from ledger");
      return undefined;
    } catch (cause) {
      return messageOf(cause);
    } finally {
      await client.query('rollback').then(() => { client.release(); }, (cause: unknown) => { client.release(cause instanceof Error ? cause : true); });
    }
  }
}
