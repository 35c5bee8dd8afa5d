import { exitCodeOf, messageText } from '#client';
import type { WireMeasure, WireMessage, WireOfferSet, WireRange, WireSession } from '#client';
import { shown, shownLine } from './shown.js';
import { drawTable } from './table.js';
import { showInstant, showLength, showStart } from './times.js';

/** How much to show, and in which zone. */
export interface Look { readonly zone: string; readonly wide: boolean }

/** Offers as numbered rows, best first as the broker ranks them; `--offer N` takes these numbers. */
export function drawOffers(set: WireOfferSet, look: Look): string {
  const isAccelerated = set.offers.some((offer) => showAccelerators(offer) !== '');
  const headers = ['#', 'start', 'run for', 'cores', 'memory', ...(isAccelerated ? ['accelerators'] : []), 'cost', 'expires', ...(look.wide ? ['prepare from', 'phase', 'session'] : [])];
  const rows = set.offers.map((offer, index) => [
    String(index + 1), showStart(offer.schedule?.available?.start, look.zone), showLength(offer.schedule?.available?.duration),
    ...showSize(offer), ...(isAccelerated ? [showAccelerators(offer)] : []), showCost(offer.costs), showInstant(offer.expires, look.zone),
    ...(look.wide ? [showInstant(offer.schedule?.preparing?.start, look.zone), offer.phase, offer.meta.uuid] : []),
  ]);
  return drawTable(headers, rows);
}

function showSize({ compute }: WireSession): readonly string[] {
  return [showRange(compute?.cores, ''), showRange(compute?.memory, ' GiB')];
}

/** Also how many nodes, where that is more than one. */
function showAccelerators({ compute }: WireSession): string {
  const all = (compute?.accelerators ?? []).map(({ type = '', model, count }) => `${showRange(count, '')} ${model ?? type}`);
  const nodes = compute?.nodes?.min ?? 1;
  return [...all, ...(nodes > 1 ? [`on ${nodes} nodes`] : [])].join(' ');
}

export function drawSessions(sessions: readonly WireSession[], look: Look): string {
  const headers = ['session', 'name', 'phase', 'start', 'run for', ...(look.wide ? ['cores', 'memory', 'exit', 'created'] : [])];
  const rows = sessions.map((session) => [
    session.meta.uuid, shownLine(session.meta.name ?? '-'), session.phase, showStart(session.schedule?.available?.start, look.zone),
    showLength(session.schedule?.available?.duration),
    ...(look.wide
      ? [...showSize(session), String(exitCodeOf(session) ?? '-'), showInstant(session.meta.created, look.zone)]
      : []),
  ]);
  return drawTable(headers, rows);
}

/** One session for a person: what, when, ways in, and everything that was said about it. */
export function drawSession(session: WireSession, look: Look): string {
  const code = exitCodeOf(session);
  const lines = [
    `session  ${session.meta.uuid}${session.meta.name === undefined ? '' : ` (${shownLine(session.meta.name)})`}`,
    `phase    ${session.phase}${code === undefined ? '' : `, exit code ${code}`}`,
    `start    ${showStart(session.schedule?.available?.start, look.zone)} for ${showLength(session.schedule?.available?.duration)}`,
    ...(session.connectors ?? []).map((connector) => `way in   ${connector.protocol ?? ''} ${connector.location ?? ''} ${connector.status ?? ''}`.trimEnd()),
    ...(session.meta.messages ?? []).map((message) => `${(message.level ?? 'INFO').padEnd(8)} ${messageText(message)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Every reason of a NO, each with the part of the request that it is about. */
export function drawReasons(messages: readonly WireMessage[]): string {
  if (messages.length === 0) return '  the broker gave no reason\n';
  return messages.map((message) => {
    const path = message.values?.['path'];
    const text = messageText(message);
    // Many texts name the path themselves.
    return shown(`  ${path === undefined || text.startsWith(path) ? '' : `${path}: `}${text}\n`);
  }).join('');
}

/** Every message of an offer set and of its offers. */
export function reasonsOf(set: WireOfferSet): readonly WireMessage[] {
  return [...(set.meta.messages ?? []), ...set.offers.flatMap((offer) => offer.meta.messages ?? [])];
}

function showRange(range: WireRange | undefined, unit: string): string {
  const { min, max } = range ?? {};
  if (min === undefined && max === undefined) return '-';
  return min === max || max === undefined ? `${min}${unit}` : `${min ?? 0}-${max}${unit}`;
}

function showCost(costs: readonly WireMeasure[] | undefined): string {
  const cost = costs?.find((measure) => measure.type?.includes('monetary') === true);
  if (cost === undefined) return '-';
  return showRange({ ...(cost.min === undefined ? {} : { min: cost.min }), ...(cost.max === undefined ? {} : { max: cost.max }) }, '');
}
