import type pg from 'pg';

/** Everything that is read shows one moment, whatever others write meanwhile. */
export const oneView = 'begin isolation level repeatable read read only';

/** Does `work` in a transaction on a connection of its own; what it throws ends the transaction, and nothing of it is kept. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>, begin: 'begin' | typeof oneView = 'begin'): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (cause) {
    broken = cause instanceof Error ? cause : new Error(String(cause));
    throw cause;
  } finally {
    // A connection in an unknown state is closed, which also rolls back.
    client.release(broken);
  }
}
