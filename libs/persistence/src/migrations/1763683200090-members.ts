import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- Members of an aggregator that administrators added, and those that are asked no more. The rest of them is configuration.
create table federation_member (
  name text primary key,
  description json,                  -- null: it is described elsewhere
  draining boolean not null default false);

-- What registers of members said last.
create table federation_register (
  url text primary key,
  read bigint not null,
  members json not null);

alter table federated_set add column member text;     -- where the accepted session is
update federated_set set member = document->'offers'->((document->>'accepted')::int)->>'member' where phase is not null;
create index federated_set_live on federated_set (member) where member is not null and phase not in ('COMPLETED', 'FAILED', 'CANCELLED', 'REJECTED', 'EXPIRED');
-- Sets that nothing came of are forgotten in the order of their age.
create index federated_set_unused on federated_set (created) where phase is null and due is null;
`;

const undone = `
drop index federated_set_unused, federated_set_live;
alter table federated_set drop column member;
drop table federation_register, federation_member`;

export class Members1763683200090 implements MigrationInterface {
  readonly name = 'Members1763683200090';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(undone);
  }
}
