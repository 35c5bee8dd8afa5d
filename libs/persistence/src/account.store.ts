import type { DataSource, Repository } from 'typeorm';
import type { Account, AccountStore } from '#model';
import { accountSchema } from './rows.js';
import type { AccountRow } from './rows.js';

/** Local accounts; read and changed rarely, so TypeORM does it all. */
export class PostgresAccountStore implements AccountStore {
  private readonly rows: Repository<AccountRow>;

  constructor(source: DataSource) {
    this.rows = source.getRepository(accountSchema);
  }

  async find(name: string): Promise<Account | undefined> {
    return (await this.rows.findOneBy({ name })) ?? undefined;
  }

  list(): Promise<readonly Account[]> {
    return this.rows.find({ order: { name: 'ASC' } });
  }

  async put(account: Account): Promise<void> {
    await this.rows.upsert({ ...account, roles: [...account.roles], groups: [...account.groups] }, ['name']);
  }

  async remove(name: string): Promise<boolean> {
    return (await this.rows.delete({ name })).affected === 1;
  }
}
