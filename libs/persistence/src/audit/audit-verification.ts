/** Reads the whole chain of the audit record and says whether it is as it was written. */
import type pg from 'pg';
import type { AuditEntry, AuditMark, AuditVerdict } from '#model';
import { headOfChain, linkFault, linksAfter, noEntry, notedForm, readAtOnce, startOfChain } from './audit-chain.js';
import type { ChainLink } from './audit-chain.js';

type Fault = NonNullable<AuditVerdict['fault']>;

/** `client` is in a transaction that sees one state of the database: what is written and pruned meanwhile is for the next look. */
export async function verifyChain(client: pg.ClientBase, key: string | undefined, known?: AuditMark): Promise<AuditVerdict> {
  const { rows: [head = noEntry] } = await client.query<AuditMark>(headOfChain);
  const { rows: [start = noEntry] } = await client.query<AuditMark>(startOfChain);
  const look = new Look(key, start, known);
  for (let more = true; more;) {
    const read = await client.query<ChainLink>(linksAfter, [look.last.number, readAtOnce]);
    more = read.rows.every((row) => look.follows(row)) && read.rows.length === readAtOnce;
  }
  return look.verdict(head);
}

class Look {
  last: AuditMark;
  private saidAt: number | undefined;
  private fault: Fault | undefined;

  constructor(private readonly key: string | undefined, private readonly start: AuditMark, private readonly known: AuditMark | undefined) {
    this.last = start;
    if (isAnother(start, known)) this.fault = { number: start.number, what: 'it is not the entry that was noted' };
  }

  /** Goes on to the next entry; false when it is not what was written. */
  follows(row: ChainLink): boolean {
    const what = this.wrongWith(row);
    if (what !== undefined) this.fault ??= { number: this.last.number + 1, what };
    if (this.fault) return false;
    this.saidAt ??= this.cutSaidBy(row.entry);
    this.last = { number: row.number, hash: row.hash };
    return true;
  }

  verdict(head: AuditMark): AuditVerdict {
    const { start, known, last } = this;
    const fault = this.fault ?? this.faultOfStart() ?? faultOfEnd(last, Math.max(head.number, known?.number ?? 0), head);
    return {
      entries: last.number - start.number, head,
      ...(start.number > 0 && this.saidAt !== undefined ? { pruned: { ...start, at: this.saidAt } } : {}),
      ...(known ? { noted: known.number < start.number ? 'pruned' : 'found' } : {}),
      ...(fault ? { fault } : {}),
    };
  }

  private wrongWith(row: ChainLink): string | undefined {
    return linkFault(this.key, this.last, row) ?? (isAnother(row, this.known) ? 'it is not the entry that was noted' : undefined);
  }

  /** When an entry says that the chain was cut where it begins. */
  private cutSaidBy(text: string): number | undefined {
    const cut = notedForm(this.start);
    if (this.start.number === 0 || !text.includes(`"${cut}"`)) return undefined;
    const { action, subject, at } = JSON.parse(text) as AuditEntry;
    return action === 'audit.prune' && subject === cut ? at : undefined;
  }

  private faultOfStart(): Fault | undefined {
    const { number } = this.start;
    return number > 0 && this.saidAt === undefined ? { number, what: 'entries up to this one are gone, and none says that they were pruned' } : undefined;
  }
}

function isAnother(mark: AuditMark, known: AuditMark | undefined): boolean {
  return known?.number === mark.number && known.hash !== mark.hash;
}

function faultOfEnd(last: AuditMark, expected: number, head: AuditMark): Fault | undefined {
  if (last.number < expected) return { number: last.number + 1, what: `the record ends here, and once had ${expected} entries` };
  return last.hash === head.hash ? undefined : { number: last.number, what: 'it is not the last entry that was written' };
}
