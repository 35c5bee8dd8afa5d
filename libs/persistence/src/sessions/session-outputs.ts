/** The outputs of finished sessions. Sessions that end together are many, so theirs go together. */
import type pg from 'pg';
import type { SessionId } from '#model';
import { byteaArray, uuidArray } from '../connections/binary-arrays.js';
import { Together } from '../connections/together.js';

/** An output may have a megabyte. */
const limits = { atOnce: 2, most: 16 };

interface Output { readonly id: SessionId; readonly bytes: Buffer }
type Query = <Row extends pg.QueryResultRow>(statement: pg.QueryConfig) => Promise<pg.QueryResult<Row>>;

const keep = `
  insert into session_log (session, output) select * from unnest($1::uuid[], $2::bytea[])
    on conflict (session) do update set output = excluded.output where length(excluded.output) >= length(session_log.output)`;

export class SessionOutputs {
  private readonly keeping = new Together((outputs: readonly Output[]) => this.keepAll(outputs), limits);
  private readonly reading = new Together((ids: readonly SessionId[]) => this.readAll(ids), limits);

  /** `query` may repeat a statement. */
  constructor(private readonly query: Query) {}

  /** The longest stays. */
  keep(id: SessionId, text: string): Promise<void> {
    return this.keeping.with({ id, bytes: Buffer.from(text, 'utf8') });
  }

  read(id: SessionId): Promise<string | undefined> {
    return this.reading.with(id);
  }

  private async keepAll(outputs: readonly Output[]): Promise<readonly undefined[]> {
    // A statement writes a row once.
    const longest = [...new Map(outputs.toSorted((a, b) => a.bytes.length - b.bytes.length).map((one) => [one.id, one])).values()];
    await this.query({ name: 'session_keep_log', text: keep, values: [uuidArray(longest.map(({ id }) => id)), byteaArray(longest.map(({ bytes }) => bytes))] });
    return outputs.map(() => undefined);
  }

  private async readAll(ids: readonly SessionId[]): Promise<readonly (string | undefined)[]> {
    const { rows } = await this.query<{ session: SessionId; output: Buffer }>({ name: 'session_kept_log', text: 'select session, output from session_log where session = any ($1::uuid[])', values: [uuidArray(ids)] });
    const found = new Map(rows.map(({ session, output }) => [session, output]));
    return ids.map((id) => found.get(id)?.toString('utf8'));
  }
}
