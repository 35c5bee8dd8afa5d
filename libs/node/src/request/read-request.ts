/** The pure first half of an answer: a request as sent → what it means, or everything that is wrong with it. */
import type { AcceleratorType, ComponentId, ExecutionRequest, Instant, Need, Reason } from '#model';
import { canonicalKind, familyOf, kindsOf } from '#model';
import type { Kind } from '#model';
import { Faults, quoted } from '../faults.js';
import type { LinkedRequest } from './linked-request.js';
import { linkRequest } from './linked-request.js';
import { checkNeededParts } from './needed-parts.js';
import { readAccelerators } from './requested-accelerators.js';
import type { RequestedAccelerators } from './requested-accelerators.js';
import type { RequestedTimes } from './requested-schedule.js';
import { readTimes } from './requested-schedule.js';
import { readNeed } from './requested-size.js';
import type { NodeSettings } from '../settings.js';

export interface Meaning extends Pick<RequestedAccelerators, 'wanted' | 'spread'> { readonly linked: LinkedRequest; readonly need: Need; readonly times: RequestedTimes }

/** `tooLong`: what it means, where that is all that is wrong. */
export interface Unread { readonly reasons: readonly Reason[]; readonly tooLong?: Meaning }

/** What can be run and stored at this node, over all platforms. */
export interface Offerings {
  readonly executables: ReadonlySet<Kind>; readonly storage: ReadonlySet<Kind>; readonly brought: ReadonlySet<Kind>; readonly accelerators: readonly AcceleratorType[];
}

const mostComponents = 200;

/** Either the meaning or at least one reason. */
export function readRequest(
  request: ExecutionRequest, context: { now: Instant; settings: NodeSettings; offerings: Offerings; newId: () => ComponentId },
): { readonly meaning: Meaning } | Unread {
  const faults = new Faults();
  checkCounts(request, faults);
  if (faults.any) return { reasons: faults.reasons };
  checkKinds(request, context.offerings, faults);
  checkNeededParts(request, faults);
  const times = readTimes(request, context.now, context.settings, faults);
  const need = readNeed(request.compute, context.settings.defaults, faults);
  const { wanted, spread, ...accelerators } = readAccelerators(request.compute, context.offerings.accelerators, faults);
  const linked = linkRequest(request, context.newId, faults);
  const isOnlyTooLong = times.isTooLong && faults.reasons.length === 1;
  if (!linked || (faults.any && !isOnlyTooLong)) return { reasons: faults.reasons };
  const meaning = { linked, need: withAccelerators(need, accelerators), times, wanted, ...(spread ? { spread } : {}) };
  return isOnlyTooLong ? { reasons: faults.reasons, tooLong: meaning } : { meaning };
}

function withAccelerators(need: Need, { counts, open }: Pick<RequestedAccelerators, 'counts' | 'open'>): Need {
  if (counts.size === 0) return need;
  const bound = (which: 'min' | 'max') => Object.fromEntries([...counts].map(([type, extent]) => [type, extent[which]]));
  return { min: { ...need.min, ...bound('min') }, max: { ...need.max, ...bound('max') }, open: [...need.open ?? [], ...open] };
}

function checkCounts(request: ExecutionRequest, faults: Faults): void {
  const lists = { storage: request.storage, data: request.data, 'compute.volumes': request.compute?.volumes };
  for (const [path, list] of Object.entries(lists)) {
    if ((list?.length ?? 0) > mostComponents) faults.add('limit', path, `${list?.length} entries are too many`, `send at most ${mostComponents}`);
  }
}

function checkKinds(request: ExecutionRequest, offerings: Offerings, faults: Faults): void {
  if (request.executable) checkKind(request.executable.kind, 'executable', offerings.executables, faults);
  (request.storage ?? []).forEach((part, index) => { checkKind(part.kind, `storage[${index}]`, offerings.storage, faults); });
  (request.data ?? []).forEach((part, index) => {
    if (familyOf(part.kind) !== 'data') faults.add('unknown-kind', `data[${index}].kind`, unknown(part.kind), `known are ${kindsOf('data').join(', ')}`);
  });
}

/** What came over the wire may lack a kind. */
function checkKind(written: Kind | undefined, at: string, offered: ReadonlySet<Kind>, faults: Faults): void {
  const kind = written ?? '';
  if (offered.has(canonicalKind(kind))) return;
  const fix = offered.size > 0 ? `this node offers ${[...offered].join(', ')}` : 'no platform of this node is working now; ask again later';
  const known = familyOf(kind) !== undefined;
  faults.add(known ? 'unsupported-kind' : 'unknown-kind', `${at}.kind`, known ? `no platform of this node can serve ${quoted(kind)}` : unknown(kind), fix);
}

function unknown(kind: Kind | undefined): string {
  return kind === undefined || kind === '' ? 'no kind is given' : `${quoted(kind)} is not a kind that is known here`;
}
