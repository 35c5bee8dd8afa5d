import { EntitySchema } from 'typeorm';
import type { DataSource, Repository } from 'typeorm';
import type { Account, AccountStore, Instant, Role } from '#model';
import { instantColumn } from '../connections/instant-column.js';
import { stateFault } from '../connections/state-fault.js';

interface AccountRow { name: string; hash: string; roles: Role[]; groups: string[]; created: Instant; disabled: boolean }

export const accountSchema = new EntitySchema<AccountRow>({
  name: 'account',
  columns: {
    name: { type: 'text', primary: true }, hash: { type: 'text' }, roles: { type: 'text', array: true }, groups: { type: 'text', array: true },
    created: instantColumn, disabled: { type: 'boolean' },
  },
});

/** Local accounts; read and changed rarely, so TypeORM does it all. */
export class PostgresAccountStore implements AccountStore {
  private readonly rows: Repository<AccountRow>;

  constructor(source: DataSource) {
    this.rows = source.getRepository(accountSchema);
  }

  async find(name: string): Promise<Account | undefined> {
    return (await told(this.rows.findOneBy({ name }))) ?? undefined;
  }

  list(): Promise<readonly Account[]> {
    return told(this.rows.find({ order: { name: 'ASC' } }));
  }

  async put(account: Account): Promise<void> {
    await told(this.rows.upsert({ ...account, roles: [...account.roles], groups: [...account.groups] }, ['name']));
  }

  async remove(name: string): Promise<boolean> {
    return (await told(this.rows.delete({ name }))).affected === 1;
  }
}

/** The same, failing in our words. */
function told<T>(statement: Promise<T>): Promise<T> {
  return statement.catch((cause: unknown) => { throw stateFault(cause); });
}
