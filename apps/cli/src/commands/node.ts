import { ClientError } from '#client';
import type { BrokerClient, WireCalendarEntry } from '#client';
import { formatInstant, parseDuration } from '#model';
import type { Interval } from '#model';
import { faultText } from '#runtime';
import type { ConfigurationFault } from '#runtime';
import { exits, UsageError } from '../exit.js';
import { drawTimeline } from '../render/timeline.js';
import { readLength } from '../request-words.js';
import type { Session } from '../settings.js';
import { drawCalendar } from './calendar.js';

export async function capacity(session: Session, flags: { readonly from?: string; readonly for?: string }): Promise<number> {
  const { terminal } = session;
  const from = flags.from === undefined ? terminal.clock.now() : Date.parse(flags.from);
  if (Number.isNaN(from)) throw new UsageError(`--from '${flags.from ?? ''}' is not an instant`, 'write --from 2030-06-03T09:00:00Z');
  const length = parseDuration(readLength(flags.for ?? '1d'), from);
  if (!length.ok) throw new UsageError(`--for: ${length.fault}`);
  const client = await session.client();
  const report = await client.capacity({ from: formatInstant(from), to: formatInstant(from + length.value) });
  const ascii = !/utf-?8/i.test(terminal.env['LC_ALL'] || terminal.env['LC_CTYPE'] || terminal.env['LANG'] || 'UTF-8');
  const entries = await entriesDuring(client, { start: from, end: from + length.value });
  session.answer({ ...report, ...(entries.length === 0 ? {} : { calendar: entries }) }, () => {
    const changes = entries.length === 0 ? '' : `\nchanges of capacity in this time:\n${drawCalendar(entries, session.look.zone)}`;
    return drawTimeline(report, { zone: session.look.zone, columns: terminal.columns, ascii }) + changes;
  });
  return exits.done;
}

/** The site's calendar is for its staff: others, and brokers without one, answer so, and nothing is listed. */
async function entriesDuring(client: BrokerClient, window: Interval): Promise<readonly WireCalendarEntry[]> {
  try {
    const entries = await client.calendar();
    return entries.filter(({ times }) => times.some(({ start, end }) => Date.parse(start) < window.end && (end === undefined || Date.parse(end) > window.start)));
  } catch (error) {
    if (error instanceof ClientError && [401, 403, 404, 405].includes(error.status ?? 0)) return [];
    throw error;
  }
}

/** What the node's own code says. Loaded only when needed, as it brings Nest and every plugin along; so is the aggregator's. */
export type Judge = typeof import('../../../broker/src/checking/check.js');

export interface CheckFlags { readonly schema?: boolean; readonly live?: boolean; readonly aggregator?: boolean }

/** Exit 0 when the node or aggregator would start with this file, 1 when it would not; a line for each fault. Without a file: the JSON schema. */
export async function check(session: Session, file: string | undefined, flags: CheckFlags): Promise<number> {
  if (flags.schema) return printSchema(session, flags);
  if (file === undefined) throw new UsageError('no file to check', 'write eb check node.yaml, eb check aggregator.yaml, or eb check --schema [--aggregator]');
  const ofAggregators = await import('../../../aggregator/src/check.js');
  if (flags.aggregator ?? await ofAggregators.isOfAggregator(file)) {
    if (flags.live) throw new UsageError('--live looks at the platforms of a node, and an aggregator has none', 'leave it out; eb admin members test NAME calls a member');
    return tellFaults(session, file, await ofAggregators.checkConfiguration(file, session.terminal.env));
  }
  const judge: Judge = await import('../../../broker/src/checking/check.js');
  const faults = await judge.checkConfiguration(file, session.terminal.env);
  if (flags.live && faults.length === 0) return checkLive(session, file, await judge.checkPlatforms(file, session.terminal.env));
  return tellFaults(session, file, faults);
}

async function printSchema(session: Session, { aggregator }: CheckFlags): Promise<number> {
  const { publishedSchema } = aggregator ? await import('../../../aggregator/src/check.js') : await import('../../../broker/src/checking/check.js');
  const published = publishedSchema();
  session.answer(published, () => `${JSON.stringify(published, null, 2)}\n`);
  return exits.done;
}

function tellFaults(session: Session, file: string, faults: readonly ConfigurationFault[]): number {
  session.answer({ file, faults }, () => (faults.length === 0 ? `${file} is sound\n` : faults.map((fault) => `${faultText(fault)}\n`).join('')));
  return faults.length === 0 ? exits.done : exits.refused;
}

/** Exit 1 when a platform finds something bad. */
function checkLive(session: Session, file: string, platforms: Awaited<ReturnType<Judge['checkPlatforms']>>): number {
  session.answer({ file, faults: [], platforms }, () => `${file} is sound\n${platforms.map(({ platform, findings }) => findings.map((one) => findingText(platform, one)).join('')).join('')}`);
  return platforms.some(({ findings }) => findings.some(({ verdict }) => verdict === 'bad')) ? exits.refused : exits.done;
}

type Found = Awaited<ReturnType<Judge['checkPlatforms']>>[number]['findings'][number];

function findingText(platform: string, { about, verdict, seen, fix }: Found): string {
  const line = `${verdict.padEnd(8)}  ${platform}: ${about}: ${seen}\n`;
  return fix === undefined ? line : `${line}          fix: ${fix}\n`;
}
