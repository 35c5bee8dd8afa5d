/** Documents of members → sessions of ours. Tolerant: quirks of foreign v1.0 servers are dealt with here and in read-fields only. */
import { hash } from 'node:crypto';
import { ClientError } from '#client';
import { canonicalKind, isUuid, kinds, lifecyclePhases, reason, sessionPhases } from '#model';
import type {
  ClientMeta, Component, ComponentId, Connector, Instant, LifecyclePhase, Message, Milliseconds, OfferSetId, Option, Placed, PlacedCompute, RequesterId, Schedule,
  Session, SessionId, SessionPhase, VolumeMount,
} from '#model';
import { hideHosts, visibleLocation } from './hide-hosts.js';
import type { Hiding } from './hide-hosts.js';
import { durationOf, fieldsOf, instantOf, intervalOf, listOf, measuresOf, messagesOf, textOf } from './read-fields.js';
import type { Fields } from './read-fields.js';

/** What a session is to us, whatever its member calls it. */
export interface Identity {
  readonly id: SessionId;
  readonly offerSet: OfferSetId;
  readonly owner: RequesterId;
  readonly now: Instant;
  readonly hiding: Hiding | undefined;
  /** Of an exposed member: where it shows the session, unless it says so itself. */
  readonly home?: string | undefined;
  /** What was known before; stands in where the member says nothing of it. */
  readonly before?: Session;
}

/** Throws 'unreadable' when the phase or the times are missing: nothing can be promised without them. */
export function readSession(document: unknown, as: Identity): Session {
  const raw = fieldsOf(document);
  const shown = fieldsOf(hideHosts(raw, as.hiding));
  const meta = fieldsOf(shown['meta']);
  const phase = phaseOf(shown['phase']);
  const schedule = scheduleOf(shown, as.now) ?? as.before?.schedule;
  if (!schedule) throw new ClientError('unreadable', 'a session without times');
  const ways = connectorsOf(raw['connectors'], as);
  const name = textOf(meta['name']);
  const placing = { schedule, as, now: as.now };
  return {
    id: as.id, offerSet: as.offerSet, owner: as.owner, phase, schedule, ...datesOf(meta, shown['expires'], as),
    ...(name === undefined ? {} : { name }), ...(as.home === undefined ? {} : { url: urlOf(meta, as.home) }),
    executable: placed(shown['executable'], placing, 'executable'), compute: compute(shown['compute'], placing), storage: allPlaced(shown, 'storage', placing), data: allPlaced(shown, 'data', placing),
    costs: measuresOf(shown['costs']), metrics: measuresOf(shown['metrics']), connectors: ways.connectors,
    messages: [...messagesOf(meta['messages'], as.now), ...ways.messages], options: optionsOf(meta['options']),
  };
}

function datesOf(meta: Fields, expires: unknown, { before, now }: Identity): Pick<Session, 'created' | 'modified' | 'expires'> {
  const created = instantOf(meta['created']) ?? before?.created ?? now;
  return { created, modified: instantOf(meta['modified']) ?? now, expires: instantOf(expires) ?? before?.expires ?? created };
}

/** Below an exposed aggregator that exposes its own members, it is one of those that has the session. */
function urlOf(meta: Fields, home: string): string {
  const url = textOf(meta['url']) ?? '';
  return /^https?:\/\//.test(url) && URL.canParse(url) ? url : home;
}

/** The identifier that the member knows it by. */
export function uuidOf(document: unknown): string {
  const fields = fieldsOf(document);
  const uuid = (textOf(fieldsOf(fields['meta'])['uuid']) ?? textOf(fields['uuid']) ?? '').toLowerCase();
  if (!isUuid(uuid)) throw new ClientError('unreadable', 'a document without a UUID');
  return uuid;
}

export function phaseOf(value: unknown): SessionPhase {
  if (!(sessionPhases as readonly unknown[]).includes(value)) throw new ClientError('unreadable', 'a session without a phase that v1.0 knows');
  return value as SessionPhase;
}

/** Of the session, or of its compute where the session is of the simple kind. */
function scheduleOf(of: Fields, now: Instant): Schedule | undefined {
  return readSchedule(of['schedule'], now) ?? readSchedule(fieldsOf(of['compute'])['schedule'], now);
}

/** When an offer can be had, and for how long. */
export function availableOf(of: Fields, now: Instant): Schedule['available'] | undefined {
  return readAvailable(fieldsOf(of['schedule']), now) ?? readAvailable(fieldsOf(fieldsOf(of['compute'])['schedule']), now);
}

/** What has to be done for an offer before it can begin; zero where nothing is said. */
export function preparingOf(of: Fields, now: Instant): Milliseconds {
  const own = fieldsOf(of['schedule'])['preparing'] ?? fieldsOf(fieldsOf(of['compute'])['schedule'])['preparing'];
  return own === undefined ? 0 : readSpell(own, now).duration;
}

function readAvailable(schedule: Fields, now: Instant): Schedule['available'] | undefined {
  const available = fieldsOf(schedule['available']);
  const start = intervalOf(available['start']);
  const duration = durationOf(available['duration'], now);
  return start && duration !== undefined ? { start, duration } : undefined;
}

function readSchedule(value: unknown, now: Instant): Schedule | undefined {
  const of = fieldsOf(value);
  const available = readAvailable(of, now);
  if (!available) return undefined;
  const { start, duration } = available;
  const preparing = readSpell(of['preparing'], now);
  const releasing = readSpell(of['releasing'], now);
  return {
    preparing: { ...preparing, start: preparing.start ?? start.start - preparing.duration },
    available,
    releasing: { ...releasing, start: releasing.start ?? start.start + duration },
  };
}

function readSpell(value: unknown, now: Instant): { start: Instant | undefined; duration: Milliseconds } {
  const of = fieldsOf(value);
  return { start: instantOf(of['start']), duration: durationOf(of['duration'], now) ?? 0 };
}

interface Placing { readonly schedule: Schedule; readonly as: Identity; readonly now: Instant }

/** `place`: where in the session it stands. */
function placed<Spec extends Component>(value: unknown, { schedule, as, now }: Placing, place: string): Placed<Spec> {
  const { meta, phase, schedule: own, ...rest } = fieldsOf(value);
  const { uuid, messages } = fieldsOf(meta);
  const known = (lifecyclePhases as readonly unknown[]).includes(phase);
  return {
    id: (textOf(uuid) ?? ownUuid(as.id, place)) as ComponentId, phase: known ? phase as LifecyclePhase : 'INITIALIZING',
    schedule: readSchedule(own, now) ?? schedule, messages: messagesOf(messages, now),
    spec: { ...rest, kind: canonicalKind(textOf(rest['kind']) ?? ''), ...clientMeta(meta) } as unknown as Spec,
  };
}

function allPlaced<Spec extends Component>(of: Fields, name: string, placing: Placing): readonly Placed<Spec>[] {
  return listOf(of[name]).map((one, index) => placed<Spec>(one, placing, `${name}.${index}`));
}

/** Clients of v1.0 expect every component to have an identifier: one that its member doesn't name gets one that stays the same. */
function ownUuid(session: SessionId, place: string): string {
  const digest = hash('sha256', `${session}/${place}`);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function compute(value: unknown, placing: Placing): PlacedCompute {
  const { volumes, ...rest } = fieldsOf(value);
  const base = placed<PlacedCompute['spec']>({ kind: kinds.simpleCompute, ...rest }, placing, 'compute');
  return { ...base, volumes: listOf(volumes).map((one, index) => placed<VolumeMount>(one, placing, `compute.volumes.${index}`)).map(({ id, spec }) => ({ id, spec })) };
}

function clientMeta(value: unknown): { meta?: ClientMeta } {
  const { name, description } = fieldsOf(value);
  const meta = { ...(typeof name === 'string' ? { name } : {}), ...(typeof description === 'string' ? { description } : {}) };
  return Object.keys(meta).length > 0 ? { meta } : {};
}

/** Those that a client can reach, and a message where there are others. */
export function connectorsOf(value: unknown, { hiding, now }: Identity): { connectors: readonly Connector[]; messages: readonly Message[] } {
  const all = listOf(value).map((one) => fieldsOf(one) as unknown as Connector).filter((one) => typeof one.location === 'string');
  const seen = all.map((one) => ({ ...one, location: visibleLocation(one.location, hiding) }));
  const connectors = seen.flatMap(({ location, ...one }) => (location === undefined ? [] : [{ ...one, location }]));
  const hidden = all.length - connectors.length;
  if (hidden === 0) return { connectors, messages: [] };
  const why = reason('connector-hidden', '{count} way(s) in can be reached only from inside the site', { count: hidden }, { level: 'INFO' });
  return { connectors, messages: [{ ...why, time: now }] };
}

/** By what stands in the middle of the kind, `uri:enum-value-option`. */
function optionsOf(value: unknown): readonly Option[] {
  return listOf(value).map(fieldsOf).flatMap((one): Option[] => {
    const path = textOf(one['path']);
    const kind = textOf(one['kind']) ?? '';
    if (path === undefined) return [];
    if (kind.includes('enum')) return [{ kind: 'enum', path, values: listOf(one['values']).flatMap((value) => textOf(value) ?? []) }];
    if (kind.includes('string')) return [{ kind: 'string', path, ...(typeof one['pattern'] === 'string' ? { pattern: one['pattern'] } : {}) }];
    if (kind.includes('integer')) return [{ kind: kind.includes('delta') ? 'delta' : 'integer', path, ...boundsOf(one) }];
    return [];
  });
}

function boundsOf({ min, max, units }: Fields): { min?: number; max?: number; units?: string } {
  return { ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}), ...(typeof units === 'string' ? { units } : {}) };
}
