import type pg from 'pg';
import type { DrainStore, Drained } from '#model';
import { stateFault } from '../connections/state-fault.js';

const name = 'drained';

export class PostgresDrainStore implements DrainStore {
  constructor(private readonly pool: pg.Pool) {}

  async read(): Promise<Drained | undefined> {
    const { rows } = await this.told<{ document: Drained }>('select document from node_switch where name = $1', [name]);
    return rows[0]?.document;
  }

  async write(drained: Drained | undefined): Promise<void> {
    if (drained === undefined) await this.told('delete from node_switch where name = $1', [name]);
    else await this.told('insert into node_switch (name, document) values ($1, $2) on conflict (name) do update set document = excluded.document', [name, JSON.stringify(drained)]);
  }

  private told<R extends pg.QueryResultRow>(statement: string, values: readonly unknown[]): Promise<pg.QueryResult<R>> {
    return this.pool.query<R>(statement, [...values]).catch((cause: unknown) => { throw stateFault(cause); });
  }
}
