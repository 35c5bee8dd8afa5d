import type pg from 'pg';
import type { CredentialStore, Instant, SealedCredential, SessionId } from '#model';
import { stateFault } from '../connections/state-fault.js';

interface Row { readonly handle: string; readonly session: SessionId; readonly service: string; readonly key: string; readonly sealed: Buffer; readonly created: string }

/** Credentials of sessions, sealed by whoever hands them over. */
export class PostgresCredentialStore implements CredentialStore {
  constructor(private readonly pool: pg.Pool) {}

  async find(handle: string): Promise<SealedCredential | undefined> {
    const { rows } = await this.told<Row>('select handle, session, service, key, sealed, created from credential where handle = $1', [handle]);
    return rows[0] && { ...rows[0], created: Number(rows[0].created) };
  }

  async put({ handle, session, service, key, sealed, created }: SealedCredential): Promise<void> {
    await this.told(`insert into credential (handle, session, service, key, sealed, created) values ($1, $2, $3, $4, $5, $6)
      on conflict (handle) do update set key = excluded.key, sealed = excluded.sealed`, [handle, session, service, key, Buffer.from(sealed), created]);
  }

  removeOf(session: SessionId): Promise<number> {
    return this.removed('delete from credential where session = $1', [session]);
  }

  removeOrphans(before: Instant): Promise<number> {
    return this.removed('delete from credential c where c.created < $1 and not exists (select 1 from session s where s.id = c.session)', [before]);
  }

  private async removed(statement: string, values: readonly unknown[]): Promise<number> {
    return (await this.told(statement, values)).rowCount ?? 0;
  }

  private told<R extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<pg.QueryResult<R>> {
    return this.pool.query<R>(statement, [...values]).catch((cause: unknown) => { throw stateFault(cause); });
  }
}
