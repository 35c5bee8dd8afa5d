/** The pure first half of an answer: a request as sent → what it means, or everything that is wrong with it. */
import type { ComponentId, ExecutionRequest, Instant, Need, Reason } from '#model';
import { canonicalKind, familyOf, kindsOf } from '#model';
import type { Kind } from '#model';
import { Faults, quoted } from './faults.js';
import type { LinkedRequest } from './linked-request.js';
import { linkRequest } from './linked-request.js';
import { checkNeededParts } from './needed-parts.js';
import type { RequestedTimes } from './requested-schedule.js';
import { readTimes } from './requested-schedule.js';
import { readNeed } from './requested-size.js';
import type { NodeSettings } from './settings.js';

export interface Meaning { readonly linked: LinkedRequest; readonly need: Need; readonly times: RequestedTimes }

/** What can be run and stored at this node, over all platforms. */
export interface Offerings { readonly executables: ReadonlySet<Kind>; readonly storage: ReadonlySet<Kind>; readonly brought: ReadonlySet<Kind> }

const mostComponents = 200;

/** Either the meaning or at least one reason. */
export function readRequest(
  request: ExecutionRequest, context: { now: Instant; settings: NodeSettings; offerings: Offerings; newId: () => ComponentId },
): { readonly meaning: Meaning } | { readonly reasons: readonly Reason[] } {
  const faults = new Faults();
  checkCounts(request, faults);
  if (faults.any) return { reasons: faults.reasons };
  checkKinds(request, context.offerings, faults);
  checkNeededParts(request, faults);
  const times = readTimes(request, context.now, context.settings, faults);
  const need = readNeed(request.compute, context.settings.defaults, faults);
  const linked = linkRequest(request, context.newId, faults);
  if (faults.any || !linked) return { reasons: faults.reasons };
  return { meaning: { linked, need, times } };
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
