/** Around any plugin: time limits by the clock, one kind of error, a log. A plugin itself holds only native calls. */
import { reason } from '#model';
import type { DataResource, Draft, KeptStorageId, Milliseconds, Resources, SessionId } from '#model';
import type { DataResolver, Resolution } from './data-resolver.js';
import type { Assessment, Capabilities, Handle, Observation, Platform } from './platform.js';
import type { Policy } from './policy.js';
import { asBrokerError, detailOf, within } from './time-limit.js';
import type { GuardSetting } from './time-limit.js';

export type { GuardSetting } from './time-limit.js';

/** Milliseconds that each call may take. Prepare has no limit: it is ended by its signal. */
export const platformLimits = {
  capabilities: 10_000, capacity: 10_000, assess: 10_000, approach: 10_000, start: 60_000, observe: 30_000, cancel: 60_000, release: 300_000, reserve: 60_000, resize: 60_000, discard: 300_000, check: 60_000, close: 10_000,
} as const satisfies Readonly<Record<string, Milliseconds>>;

export type PlatformLimits = Readonly<Record<keyof typeof platformLimits, Milliseconds>>;

const listed: ReadonlySet<string> = new Set<Observation['seen']>(['preparing', 'ready', 'queued', 'running', 'ended', 'gone', 'unknown']);

/** The same platform with the same optional powers; see {@link platformLimits}. */
export function guardPlatform(platform: Platform, setting: GuardSetting, limits: PlatformLimits = platformLimits): Platform {
  const call = <T>(what: keyof PlatformLimits, run: () => Promise<T>): Promise<T> => told(setting, what, guarded(setting, what, () => within(setting, what, limits[what], run)));
  // They don't change between calls, and every ask needs them; only a failure is asked again.
  let capabilities: Promise<Capabilities> | undefined;
  return {
    capabilities: () => capabilities ??= call('capabilities', () => platform.capabilities()).catch((error: unknown) => { capabilities = undefined; throw error; }),
    capacity: (window) => call('capacity', () => platform.capacity(window)),
    assess: (draft) => safeAssess(platform, draft, setting, limits.assess),
    prepare: (plan, work, reserved) => guarded(setting, 'prepare', () => platform.prepare(plan, work, reserved)),
    start: (handle) => call('start', () => platform.start(handle)),
    observe: observer(platform, setting, call),
    cancel: (handle) => call('cancel', () => platform.cancel(handle)),
    release: (handle) => call('release', () => platform.release(handle)),
    handleOf: (plan) => platform.handleOf(plan),
    ...optionalPowers(platform, setting, call),
  };
}

/** Calls that every platform answers as long as it can be reached; others may fail for what they are asked. */
const looks: ReadonlySet<string> = new Set<keyof PlatformLimits>(['capabilities', 'capacity', 'observe']);

function told<T>(setting: GuardSetting, what: string, answer: Promise<T>): Promise<T> {
  const { answers } = setting;
  if (!answers || !looks.has(what)) return answer;
  answer.then(() => { answers(true); }, () => { answers(false); });
  return answer;
}

type Call = <T>(what: keyof PlatformLimits, run: () => Promise<T>) => Promise<T>;

function optionalPowers(platform: Platform, setting: GuardSetting, call: Call): Partial<Platform> {
  return {
    ...(platform.logs ? { logs: (handle: Handle, options: { follow: boolean; signal: AbortSignal }) => guardedStream(setting, 'logs', () => platform.logs?.(handle, options)) } : {}),
    ...(platform.changes ? { changes: (signal: AbortSignal) => guardedStream(setting, 'changes', () => platform.changes?.(signal)) } : {}),
    ...(platform.approach ? { approach: (handle: Handle) => call('approach', () => platform.approach?.(handle) ?? Promise.resolve()) } : {}),
    ...(platform.reserve ? { reserve: (plan: Parameters<NonNullable<Platform['reserve']>>[0]) => call('reserve', () => required(platform.reserve?.(plan))) } : {}),
    ...(platform.discard ? { discard: (kept: KeptStorageId) => call('discard', () => platform.discard?.(kept) ?? Promise.resolve()) } : {}),
    ...(platform.resize ? { resize: (handle: Handle, granted: Resources) => call('resize', () => platform.resize?.(handle, granted) ?? Promise.resolve()) } : {}),
    ...(platform.check ? { check: () => call('check', () => required(platform.check?.())) } : {}),
    ...(platform.close ? { close: () => call('close', () => platform.close?.() ?? Promise.resolve()) } : {}),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a declared power was taken away');
  return value;
}

async function safeAssess(platform: Platform, draft: Draft, setting: GuardSetting, limit: Milliseconds): Promise<Assessment> {
  try {
    return await within(setting, 'assess', limit, () => platform.assess(draft));
  } catch (error) {
    return { fits: false, reasons: asBrokerError(setting, 'assess', error).reasons };
  }
}

/** Answers for every handle; what threw, hung, was left out or is not listed is unknown. */
function observer(platform: Platform, setting: GuardSetting, call: Call): Platform['observe'] {
  const warned = new Set<string>();
  const checked = (seen: Observation | undefined): Observation => {
    if (seen === undefined) return { seen: 'unknown' };
    if (listed.has(seen.seen)) return seen;
    const word = String(seen.seen);
    if (!warned.has(word)) setting.log.warn('a platform reports an observation that is not listed', { plugin: setting.name, seen: word });
    warned.add(word);
    return { seen: 'unknown' };
  };
  return async (handles) => {
    const seen = await call('observe', () => platform.observe(handles)).catch((error: unknown): ReadonlyMap<SessionId, Observation> => {
      setting.log.warn('a platform could not be observed', { plugin: setting.name, error: String(error) });
      return new Map();
    });
    return new Map(handles.map(({ session }) => [session, checked(seen.get(session))]));
  };
}

async function* guardedStream<T>(setting: GuardSetting, what: string, open: () => AsyncIterable<T> | undefined): AsyncIterable<T> {
  try {
    yield* open() ?? [];
  } catch (error) {
    throw asBrokerError(setting, what, error);
  }
}

async function guarded<T>(setting: GuardSetting, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asBrokerError(setting, what, error);
  }
}

/** A judgement that throws or hangs denies, a ranking that throws offers nothing; both are reported. `record` may still reject. */
export function guardPolicy(policy: Policy, setting: GuardSetting, limit: Milliseconds = 5_000): Policy {
  return {
    ...(policy.memory === undefined ? {} : { memory: policy.memory }),
    ...(policy.judge ? {
      judge: async (ask) => {
        try {
          return await within(setting, 'judge', limit, () => policy.judge?.(ask) ?? Promise.resolve({ kind: 'allow' }));
        } catch (error) {
          setting.log.error('a policy failed and therefore denies', { plugin: setting.name, error: detailOf(error) });
          return { kind: 'deny', reason: reason('policy-failed', 'the rule {name} could not be applied, so nothing is offered; the operator finds the detail in the log', { name: setting.name }, { level: 'ERROR' }) };
        }
      },
    } satisfies Policy : {}),
    ...(policy.rank ? {
      rank: (offers, ask) => {
        try {
          return policy.rank?.(offers, ask) ?? offers;
        } catch (error) {
          setting.log.error('a policy failed to rank and therefore offers nothing', { plugin: setting.name, error: detailOf(error) });
          return [];
        }
      },
    } satisfies Policy : {}),
    ...(policy.record ? { record: (fact) => guarded(setting, 'record', () => within(setting, 'record', limit, () => policy.record?.(fact) ?? Promise.resolve())) } satisfies Policy : {}),
  };
}

/** Resolving is bounded and refuses with reasons instead of throwing; opening is ended by its signal. */
export function guardResolver(resolver: DataResolver, setting: GuardSetting, limit: Milliseconds = 10_000): DataResolver {
  return {
    kinds: resolver.kinds,
    claims: (resource) => resolver.claims(resource),
    ...(resolver.serviceOf ? { serviceOf: (resource: DataResource) => resolver.serviceOf?.(resource) } : {}),
    resolve: async (resource, token): Promise<Resolution> => {
      try {
        return await within(setting, 'resolve', limit, () => resolver.resolve(resource, token));
      } catch (error) {
        return { found: false, reasons: asBrokerError(setting, 'resolve', error).reasons };
      }
    },
    open: (data, signal, token) => guarded(setting, 'open', () => resolver.open(data, signal, token)),
  };
}
