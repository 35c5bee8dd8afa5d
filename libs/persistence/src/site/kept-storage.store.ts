import type pg from 'pg';
import type { Instant, KeptStorage, KeptStorageId, KeptStorageStore, PlatformName, RequesterId, SessionId } from '#model';
import { stateFault } from '../connections/state-fault.js';
import { inTransaction } from '../connections/transaction.js';

type Row = Omit<KeptStorage, 'gib' | 'created' | 'until'> & { readonly gib: string; readonly created: string; readonly until: string };

const columns = 'id, owner, name, platform, gib, state, session, created, until';
/** What is added to a platform is decided one after the other. Nothing is added where the sum would be too much, or the name is taken. */
const addition = `insert into kept_storage (${columns})
  select $1, $2, $3, $4, $5, $6, $7, $8, $9 where (select coalesce(sum(gib), 0) from kept_storage where platform = $4) + $5::bigint <= $10
  on conflict (owner, name) do nothing`;

export class PostgresKeptStorageStore implements KeptStorageStore {
  constructor(private readonly pool: pg.Pool) {}

  async find(owner: RequesterId, name: string): Promise<KeptStorage | undefined> {
    const { rows } = await this.told<Row>(`select ${columns} from kept_storage where owner = $1 and name = $2`, [owner, name]);
    return rows[0] && read(rows[0]);
  }

  async list(owner?: RequesterId): Promise<readonly KeptStorage[]> {
    const { rows } = await this.told<Row>(`select ${columns} from kept_storage where $1::text is null or owner = $1 order by name, owner`, [owner ?? null]);
    return rows.map(read);
  }

  async used(platform: PlatformName): Promise<number> {
    const { rows } = await this.told<{ gib: string }>('select coalesce(sum(gib), 0) as gib from kept_storage where platform = $1', [platform]);
    return Number(rows[0]?.gib ?? 0);
  }

  async add(storage: KeptStorage, limit: number): Promise<'added' | 'taken' | 'full'> {
    const { id, owner, name, platform, gib, state, session, created, until } = storage;
    const added = await this.alone(platform, [addition, [id, owner, name, platform, gib, state, session, created, until, limit]]);
    if (added > 0) return 'added';
    return await this.find(owner, name) ? 'taken' : 'full';
  }

  async use(id: KeptStorageId, session: SessionId, until: Instant): Promise<boolean> {
    return await this.changed("update kept_storage set session = $2, until = greatest(until, $3) where id = $1 and state <> 'leaving'", [id, session, until]);
  }

  async keep(id: KeptStorageId): Promise<void> {
    await this.told("update kept_storage set state = 'kept' where id = $1 and state = 'promised'", [id]);
  }

  async change({ id, state, session }: Pick<KeptStorage, 'id' | 'state' | 'session'>, to: KeptStorage['state']): Promise<boolean> {
    return await this.changed('update kept_storage set state = $4 where id = $1 and state = $2 and session = $3', [id, state, session, to]);
  }

  async remove(id: KeptStorageId): Promise<void> {
    await this.told('delete from kept_storage where id = $1', [id]);
  }

  /** How many rows a statement concerned that must see what others have added to the platform before. */
  private async alone(platform: PlatformName, [statement, values]: readonly [string, readonly unknown[]]): Promise<number> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query("select pg_advisory_xact_lock(hashtextextended('kept-storage ' || $1, 0))", [platform]);
        return (await client.query(statement, [...values])).rowCount ?? 0;
      });
    } catch (cause) {
      throw stateFault(cause);
    }
  }

  private async changed(statement: string, values: readonly unknown[]): Promise<boolean> {
    return ((await this.told(statement, values)).rowCount ?? 0) > 0;
  }

  private told<R extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<pg.QueryResult<R>> {
    return this.pool.query<R>(statement, [...values]).catch((cause: unknown) => { throw stateFault(cause); });
  }
}

function read(row: Row): KeptStorage {
  return { ...row, gib: Number(row.gib), created: Number(row.created), until: Number(row.until) };
}
