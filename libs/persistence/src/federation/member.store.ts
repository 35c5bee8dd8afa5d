/** Members of an aggregator as administrators and registers changed them. */
import type pg from 'pg';
import type { DescribedMember, MemberStore, RegisterCopy } from '#federation';
import { stateFault } from '../connections/state-fault.js';

export class PostgresMemberStore implements MemberStore {
  constructor(private readonly pool: pg.Pool) {}

  async added(): Promise<readonly DescribedMember[]> {
    const { rows } = await this.query('select description from federation_member where description is not null order by name');
    return (rows as { description: DescribedMember }[]).map((row) => row.description);
  }

  async add(member: DescribedMember): Promise<boolean> {
    const { rowCount } = await this.query(
      'insert into federation_member as m (name, description) values ($1, $2) on conflict (name) do update set description = excluded.description where m.description is null',
      [member.name, JSON.stringify(member)],
    );
    return rowCount === 1;
  }

  async remove(name: string): Promise<boolean> {
    const { rowCount } = await this.query('delete from federation_member where name = $1 and description is not null', [name]);
    return rowCount === 1;
  }

  async draining(): Promise<readonly string[]> {
    const { rows } = await this.query('select name from federation_member where draining order by name');
    return (rows as { name: string }[]).map((row) => row.name);
  }

  async setDraining(name: string, isDraining: boolean): Promise<void> {
    await this.query('insert into federation_member (name, draining) values ($1, $2) on conflict (name) do update set draining = excluded.draining', [name, isDraining]);
    await this.query('delete from federation_member where name = $1 and description is null and not draining', [name]);
  }

  async registerCopy(url: string): Promise<RegisterCopy | undefined> {
    const { rows } = await this.query('select url, read, members from federation_register where url = $1', [url]);
    const [row] = rows as { url: string; read: string | number; members: RegisterCopy['members'] }[];
    return row && { ...row, read: Number(row.read) };
  }

  async keepRegister({ url, read, members }: RegisterCopy): Promise<void> {
    await this.query(
      'insert into federation_register (url, read, members) values ($1, $2, $3) on conflict (url) do update set read = excluded.read, members = excluded.members',
      [url, read, JSON.stringify(members)],
    );
  }

  async liveSessions(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.query(
      "select member, count(*)::int as sessions from federated_set where member is not null and phase not in ('COMPLETED', 'FAILED', 'CANCELLED', 'REJECTED', 'EXPIRED') group by member",
    );
    return new Map((rows as { member: string; sessions: number }[]).map((row) => [row.member, row.sessions]));
  }

  private query(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.pool.query(text, values).catch((cause: unknown) => { throw stateFault(cause); });
  }
}
