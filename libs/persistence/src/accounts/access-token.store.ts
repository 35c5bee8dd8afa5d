import type pg from 'pg';
import type { AccessToken, AccessTokenStore, Instant, ReplayGuard, RequesterId } from '#model';
import { stateFault } from '../connections/state-fault.js';

interface Row { readonly document: AccessToken; readonly last_used: Instant | null }

/** Personal access tokens: looked up by the hash of what a client sends. */
export class PostgresAccessTokenStore implements AccessTokenStore {
  constructor(private readonly pool: pg.Pool) {}

  async find(hash: string): Promise<AccessToken | undefined> {
    return (await this.rows('select document, last_used from access_token where hash = $1', [hash]))[0];
  }

  listOf(owner: RequesterId): Promise<readonly AccessToken[]> {
    return this.rows('select document, last_used from access_token where owner = $1 order by created, id', [owner]);
  }

  async add(token: AccessToken): Promise<void> {
    const { id, hash, owner, created, expires } = token;
    await this.told('insert into access_token (id, hash, owner, created, expires, document) values ($1, $2, $3, $4, $5, $6)', [id, hash, owner, created, expires, JSON.stringify(token)]);
  }

  async used(id: string, at: Instant): Promise<void> {
    await this.told('update access_token set last_used = $2 where id = $1', [id, at]);
  }

  async remove(id: string, owner: RequesterId): Promise<AccessToken | undefined> {
    return (await this.rows('delete from access_token where id = $1 and owner = $2 returning document, last_used', [id, owner]))[0];
  }

  async removeAllOf(owner: RequesterId): Promise<void> {
    await this.told('delete from access_token where owner = $1', [owner]);
  }

  private async rows(statement: string, values: readonly unknown[]): Promise<readonly AccessToken[]> {
    const { rows } = await this.told<Row>(statement, values);
    return rows.map(({ document, last_used: lastUsed }) => ({ ...document, ...(lastUsed === null ? {} : { lastUsed }) }));
  }

  private told<R extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<pg.QueryResult<R>> {
    return this.pool.query<R>(statement, [...values]).catch((cause: unknown) => { throw stateFault(cause); });
  }
}

/** How often assertions that are over are swept out. */
const sweepEvery = 60_000;

/** Assertions that were used, known to all replicas. */
export class PostgresReplayGuard implements ReplayGuard {
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly pool: pg.Pool, private readonly now: () => Instant) {}

  async claim(id: string, expires: Instant): Promise<boolean> {
    const now = this.now();
    try {
      if (now - this.sweptAt > sweepEvery) {
        this.sweptAt = now;
        await this.pool.query('delete from used_assertion where expires < $1', [now]);
      }
      const { rowCount } = await this.pool.query({ name: 'claim_assertion', text: 'insert into used_assertion (id, expires) values ($1, $2) on conflict do nothing', values: [id, expires] });
      return rowCount === 1;
    } catch (cause) {
      throw stateFault(cause);
    }
  }
}
