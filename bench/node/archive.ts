import pg from 'pg';

/** Copies the newest final session, its events and its offer set `count` times: an archive, written straight into the tables. */
export async function fillArchive(databaseUrl: string, count: number): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await fill(client, count);
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, count: number): Promise<void> {
  // Longer than the product allows a statement.
  await client.query('set statement_timeout = 0');
  await client.query(`create temporary table copy as
    select gen_random_uuid() as id, gen_random_uuid() as offer_set, n, s.id as origin, s.offer_set as origin_set
      from generate_series(1, $1) n, (select id, offer_set from session where due is null order by created desc limit 1) s`, [count]);
  for (const [table, key] of [['offer_content', 'id'], ['closed_offer_set', 'id'], ['session', 'id'], ['session_event', 'session']] as const) {
    const { rows } = await client.query<{ name: string }>('select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped', [table]);
    const isSet = table === 'offer_content' || table === 'closed_offer_set';
    const from = (name: string): string => {
      if (name === key) return isSet ? 'c.offer_set' : 'c.id';
      return table === 'session' && name === 'offer_set' ? 'c.offer_set' : name === 'created' ? 'o.created - c.n * 1000' : `o.${name}`;
    };
    const names = rows.map((row) => row.name);
    await client.query(`insert into ${table} (${names.join(', ')}) select ${names.map(from).join(', ')} from copy c join ${table} o on o.${key} = c.${isSet ? 'origin_set' : 'origin'}`);
  }
  const { rows: [left] } = await client.query<{ count: number }>('select count(*)::int as count from session where due is null');
  await client.query('vacuum analyze session, session_event, offer_content, closed_offer_set');
  // What was written at once is not to be written out while somebody measures.
  await client.query('checkpoint');
  if ((left?.count ?? 0) < count) throw new Error('no final session was there to be copied');
}
