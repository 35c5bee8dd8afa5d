import type { DataSource } from 'typeorm';

const name = 'identity';

/** Of the node that this database is of: made at its first start, the same for all its replicas, and no other node's. */
export async function nodeIdentity(source: DataSource): Promise<string> {
  const known = await identityIn(source);
  if (known !== undefined) return known;
  // A replica may be writing its own: one of both stays.
  await source.query('insert into node_switch (name, document) values ($1, to_json(gen_random_uuid()::text)) on conflict (name) do nothing', [name]);
  const made = await identityIn(source);
  if (made === undefined) throw new Error('the identity of the node was written, and is not there');
  return made;
}

async function identityIn(source: DataSource): Promise<string | undefined> {
  const [row] = await source.query<readonly { readonly document: string }[]>('select document from node_switch where name = $1', [name]);
  return row?.document;
}
