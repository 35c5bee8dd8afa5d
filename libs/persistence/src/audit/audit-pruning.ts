/** Removes the oldest entries of the audit record so that the rest still proves itself (docs/decisions/0042). */
import type pg from 'pg';
import { BrokerError, reason } from '#model';
import type { AuditEntry, AuditMark, AuditPruning, Instant } from '#model';
import { headOfChain, linkFault, linksAfter, noEntry, notedForm, readAtOnce, startOfChain } from './audit-chain.js';
import type { ChainLink } from './audit-chain.js';
import { inTransaction, oneView } from '../connections/transaction.js';

interface PruningParts { readonly pool: pg.Pool; readonly key: string | undefined; append(entry: AuditEntry): Promise<void> }

/** Entries that one transaction removes. */
const removedAtOnce = 10_000;

/** Says in the record what goes, then removes it. Throws where what would go is not as it was written: it is the proof of that. */
export async function pruneChain({ pool, key, append }: PruningParts, rule: AuditPruning, at: Instant): Promise<AuditMark | undefined> {
  const { start, last } = await inTransaction(pool, (client) => whatGoes(client, key, rule), oneView);
  const cut = last.number > start.number ? last : undefined;
  if (cut) {
    const facts = { entries: cut.number - start.number };
    await append({ at, action: 'audit.prune', who: 'broker', origin: { address: '', credential: 'none' }, subject: notedForm(cut), outcome: 'done', facts });
  }
  // Also where nothing more is to go: a node that ended in the middle has left some.
  while (await removeSome(pool, cut ?? noEntry) === removedAtOnce);
  return cut;
}

/** The first entry that is to stay ends what goes, whatever comes after it: clocks of replicas differ, and a chain has no gaps. */
async function whatGoes(client: pg.ClientBase, key: string | undefined, { before, most }: AuditPruning): Promise<{ readonly start: AuditMark; readonly last: AuditMark }> {
  const { rows: [start = noEntry] } = await client.query<AuditMark>(startOfChain);
  const { rows: [head = noEntry] } = await client.query<AuditMark>(headOfChain);
  const mayGo = ({ number, entry }: ChainLink): boolean => (most !== undefined && number <= head.number - most) || (before !== undefined && (JSON.parse(entry) as AuditEntry).at < before);
  let last = start;
  for (let more = true; more;) {
    const { rows } = await client.query<ChainLink>(linksAfter, [last.number, readAtOnce]);
    more = rows.length === readAtOnce;
    for (const link of rows) {
      if (!mayGo(link)) return { start, last };
      const fault = linkFault(key, last, link);
      if (fault !== undefined) throw unsound(last.number + 1, fault);
      last = { number: link.number, hash: link.hash };
    }
  }
  return { start, last };
}

async function removeSome(pool: pg.Pool, { number, hash }: AuditMark): Promise<number> {
  const { rows: [done] } = await pool.query<{ removed: number }>('select prune_audit($1, $2, $3) as removed', [number, hash, removedAtOnce]);
  return done?.removed ?? 0;
}

function unsound(number: number, what: string): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('audit-unsound', 'Nothing of the audit record is pruned: entry {number} is not as it was written, {what}', { number, what }, { level: 'ERROR' })]);
}
