import { exits, UsageError } from '../exit.js';
import { drawTable } from '../render/table.js';
import { drawTimeline } from '../render/timeline.js';
import { readLength } from '../request-words.js';
import type { Session } from '../settings.js';
import { formatInstant, parseDuration } from '#model';

export async function capacity(session: Session, flags: { readonly from?: string; readonly for?: string }): Promise<number> {
  const { terminal } = session;
  const from = flags.from === undefined ? terminal.clock.now() : Date.parse(flags.from);
  if (Number.isNaN(from)) throw new UsageError(`--from '${flags.from ?? ''}' is not an instant`, 'write --from 2030-06-03T09:00:00Z');
  const length = parseDuration(readLength(flags.for ?? '1d'), from);
  if (!length.ok) throw new UsageError(`--for: ${length.fault}`);
  const client = await session.client();
  const report = await client.capacity({ from: formatInstant(from), to: formatInstant(from + length.value) });
  const ascii = !/utf-?8/i.test(terminal.env['LC_ALL'] || terminal.env['LC_CTYPE'] || terminal.env['LANG'] || 'UTF-8');
  session.answer(report, () => drawTimeline(report, { zone: session.look.zone, columns: terminal.columns, ascii }));
  return exits.done;
}

/** One thing wrong in a node's configuration file. */
export interface ConfigurationFault { readonly line?: number; readonly path?: string; readonly fault: string; readonly fix?: string }

/** What the node's own code says about a file: `apps/broker/src/check.ts`. */
export type CheckConfiguration = (path: string) => Promise<readonly ConfigurationFault[]>;

/** Exit 0 when the node would start with this file, 1 when it would not. */
export async function check(session: Session, file: string, judge: CheckConfiguration = judgeByNode): Promise<number> {
  const faults = await judge(file);
  session.answer({ file, faults }, () => (faults.length === 0 ? `${file} is sound\n` : drawTable(['line', 'where', 'fault', 'fix'], faults.map((fault) => [
    String(fault.line ?? '-'), fault.path ?? '-', fault.fault, fault.fix ?? '-',
  ]))));
  return faults.length === 0 ? exits.done : exits.refused;
}

/** Loaded only when it is needed: the node brings Nest and its plugins along. */
async function judgeByNode(file: string): Promise<readonly ConfigurationFault[]> {
  const { checkConfiguration } = await import('../../../broker/src/check.js') as { checkConfiguration: CheckConfiguration };
  return checkConfiguration(file);
}
