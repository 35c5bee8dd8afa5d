/** What is wired to what: database, ledger, plugins, reconcilers, and the port on top of them. */
import { randomUUID } from 'node:crypto';
import type { Clock, Delegations, Interval, Log, PlatformName, PolicyTrials, Requester, SessionId, SessionPhase } from '#model';
import { isFinal } from '#model';
import type { Platform } from '#plugin-sdk';
import { AuditPruner, Auditor, auditKeyOf, openDelegations } from '#access';
import { Ledger } from '#booking';
import type { PoolResult } from '#booking';
import { CalendarKeeper, placeOnBlocks } from '#calendar';
import type { Calendar } from '#calendar';
import { Drain, expirySweep, NodeBroker, OpenHolds, PolicySet, tryPolicies } from '#node';
import type { KeptStorageKeeper, NodeSettings, OthersWatch } from '#node';
import { openPersistence } from '#persistence';
import type { DatabaseChoice, Persistence } from '#persistence';
import { createMetrics, lengthOf, parseByteSize } from '#runtime';
import type { Metrics } from '#runtime';
import { SessionFeed, SessionLogs, SessionTasks, defaultTiming } from '#sessions';
import type { Timing } from '#sessions';
import { enterConfigured, openCalendar, tellingWith } from './compose-calendar.js';
import { openKept } from './compose-kept.js';
import type { Kept } from './compose-kept.js';
import { openOthers } from './compose-others.js';
import { composePlugins } from './compose-plugins.js';
import type { Plugins } from './compose-plugins.js';
import { loadConfig } from '../configuration/load-config.js';
import type { LoadedConfig } from '../configuration/load-config.js';
import { capacityAlarm, phaseCounter, platformGauge } from './measures.js';
import { PolicyReload } from './policy-reload.js';
import { definePledges, memoryOf } from './define-pledges.js';
import { settingsOf } from './node-settings.js';
import { dividedPoolsOf } from '../configuration/pools.config.js';

export interface NodeSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly stateFolder: string;
  readonly database: DatabaseChoice;
  /** Spans of the reconcilers; tests stretch them. */
  readonly timing?: Partial<Timing>;
  /** The token that somebody came with, for rules that show it to services of their realm. */
  tokenOf?(requester: Requester): string | undefined;
}

/** A node without its HTTP interface. */
export interface ComposedNode {
  readonly broker: NodeBroker;
  readonly settings: NodeSettings;
  readonly persistence: Persistence;
  readonly ledger: Ledger;
  readonly tasks: SessionTasks;
  readonly calendar: Calendar;
  readonly drain: Drain;
  readonly keeper: CalendarKeeper;
  readonly keptStorages: KeptStorageKeeper;
  readonly auditPruner: AuditPruner;
  /** Where a platform is shared with others. */
  readonly watch?: OthersWatch;
  readonly metrics: Metrics;
  readonly plugins: Plugins;
  readonly policySet: PolicySet;
  /** Dry runs of the policies in force. */
  readonly policies: PolicyTrials;
  /** Faults that came up after the configuration was read: broken platforms, refused changes of capacity. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export async function composeNode(loaded: LoadedConfig, around: NodeSurroundings): Promise<ComposedNode> {
  const { clock, log } = around;
  const settings = settingsOf(loaded.config);
  const metrics = createMetrics(settings.name);
  const persistence = await openPersistence({ ...around.database, grain: settings.grain, clock, log, ...auditKeyOf(loaded.config.access.audit) });
  const { recordUse, delegations } = openCredentials(loaded, persistence, around);
  const plugins = composePlugins(loaded, { ...around, node: { name: settings.name, identity: persistence.identity }, recordUse, delegations, platformAnswers: platformGauge(metrics, loaded) });
  const dividedPools = dividedPoolsOf(loaded.config.pools);
  const memory = memoryOf(plugins.policies.policies, dividedPools);
  const ledger = await Ledger.open({ store: persistence.ledger, clock, log, grain: settings.grain, horizon: settings.horizon, memory, alarm: capacityAlarm(metrics, log) });
  const faults = [...plugins.faults.map((one) => `${one.name}.${one.path}: ${one.fault}; ${one.fix}`)];
  const policySet = new PolicySet(plugins.policies);
  const { keeper: keptStorages, promises: kept } = await openKept({ platforms: plugins.platforms, persistence, ledger, clock, log });
  const parts = composeSessions({ ...around, loaded, settings, persistence, ledger, plugins, metrics, policySet, delegations, kept });
  const calendar = await openCalendar({ ledger, store: persistence.calendar, sessions: persistence.sessions, ...parts, clock, log, horizon: settings.horizon });
  const { owned, shared } = await byCapacity(plugins.platforms, faults);
  const defined = await definePools({ ledger, calendar }, owned, { start: clock.now(), end: clock.now() + settings.horizon }, faults);
  const tellSession = tellingWith({ ...parts, sessions: persistence.sessions, clock });
  const sharing = await openOthers({ ledger, calendar, platforms: shared, tellSession, clock, log, grain: settings.grain, horizon: settings.horizon });
  const platforms = new Map([...plugins.platforms].filter(([name]) => defined.has(name) || shared.has(name)));
  faults.push(...await definePledges(ledger, dividedPools));
  await calendar.refresh();
  faults.push(...await enterConfigured(calendar, loaded.config.calendar, log));
  for (const fault of faults) log.error('left out because it is broken', { fault });
  const drain = new Drain(persistence.drain, () => clock.now());
  const broker = new NodeBroker({
    settings, ledger, platforms, resolvers: plugins.resolvers, offerSets: persistence.ledger, dividedPools, delegations,
    kept: kept?.book, get policies() { return [drain.policy, ...(kept ? [kept.book.policy] : []), ...policySet.current.policies]; }, get policyVersion() { return policySet.current.version; },
    sessions: persistence.sessions, ...parts, log, others: sharing?.others, now: () => clock.now(), newUuid: randomUUID, openHolds: new OpenHolds(settings.limits),
    isFirst: ({ requestId }) => persistence.federation.claimRequest(requestId, clock.now()),
    extendPlacements: (placements, requester) => placeOnBlocks(placements, calendar.entries, { requester, now: clock.now() }),
  });
  const policies: PolicyTrials = {
    tryOut: (request, requester) => tryPolicies({ settings, policies: policySet.current.policies, policyVersion: policySet.current.version, dividedPools, platforms, now: () => clock.now(), newUuid: randomUUID }, request, requester),
  };
  const keeper = new CalendarKeeper({ calendar, clock, log });
  const reload = new PolicyReload({ policySet, loaded, load: () => loadConfig(loaded.files[0] ?? '', process.env), ...around });
  const sweep = expirySweep({ ledger, clock, log });
  const auditPruner = new AuditPruner({ audit: persistence.audit, keep: loaded.config.access.audit, clock, log });
  const standing = [sweep, keeper, kept?.keeper, auditPruner, reload, sharing?.watch, parts.tasks];
  for (const one of standing) one?.start();
  return {
    broker, settings, persistence, ledger, drain, tasks: parts.tasks, calendar, keeper, metrics, plugins, policySet, policies, faults, keptStorages, auditPruner, ...(sharing ? { watch: sharing.watch } : {}),
    close: async () => {
      for (const one of standing) await one?.stop();
      await ledger.close();
      for (const platform of plugins.platforms.values()) await platform.close?.();
      await persistence.close();
    },
  };
}

/** What is used on behalf of sessions, and where that is written down. */
function openCredentials({ config }: LoadedConfig, persistence: Persistence, { clock, log, tokenOf }: NodeSurroundings): { readonly recordUse: Auditor['usedFor']; readonly delegations: Delegations | undefined } {
  const auditor = new Auditor(persistence.audit, clock);
  const recordUse = auditor.usedFor.bind(auditor);
  const delegations = openDelegations(config.access, { store: persistence.credentials, clock, log, recordUse, tokenOf: (requester) => tokenOf?.(requester) });
  return { recordUse, delegations };
}

interface SessionParts extends NodeSurroundings {
  readonly loaded: LoadedConfig; readonly settings: NodeSettings; readonly persistence: Persistence; readonly ledger: Ledger;
  readonly plugins: Plugins; readonly metrics: Metrics; readonly policySet: PolicySet; readonly delegations: Delegations | undefined;
  readonly kept: Kept['promises'];
}

function composeSessions(parts: SessionParts): { tasks: SessionTasks; feed: SessionFeed; sessionLogs: SessionLogs } {
  const { clock, log, plugins, persistence, ledger, metrics } = parts;
  const kept = parseByteSize(parts.loaded.config.logs.keep);
  const { lease, poll } = parts.loaded.config.sessions;
  const spans = { lease: lengthOf(lease), poll: lengthOf(poll) };
  const timing: Timing = { ...defaultTiming, ...spans, ...(kept.ok ? { keptLog: kept.value } : {}), ...parts.timing };
  const forgetting = { record: async ({ session, phase }: { session: SessionId; phase: SessionPhase }): Promise<void> => { if (isFinal(phase)) await parts.delegations?.erase(session); } };
  const feed = new SessionFeed(persistence.sessions, clock);
  const tasks = new SessionTasks({
    store: persistence.sessions, platforms: plugins.platforms, bookings: { release: async (session, from) => { await ledger.release(session, from); } }, listeners: [phaseCounter(metrics), parts.policySet, forgetting, ...(parts.kept ? [parts.kept.keeper] : [])],
    saved: (session) => { feed.saved(session); }, clock, log, timing, claimant: randomUUID(),
  });
  return { tasks, feed, sessionLogs: new SessionLogs(persistence.sessions, plugins.platforms, feed) };
}

/** Asks every platform for its pools. One that doesn't answer, or whose cut is refused, offers nothing; its running sessions go on. */
async function definePools(
  books: Books, platforms: ReadonlyMap<PlatformName, Platform>, window: Interval, faults: string[],
): Promise<ReadonlyMap<PlatformName, Platform>> {
  const working = new Map<PlatformName, Platform>();
  for (const [name, platform] of platforms) {
    const refused = await defineOf(books, platform, window);
    if (refused.length === 0) working.set(name, platform);
    else faults.push(`${name}: ${refused.join('; ')}`);
  }
  return working;
}

interface ByCapacity { readonly owned: ReadonlyMap<PlatformName, Platform>; readonly shared: ReadonlyMap<PlatformName, Platform> }

async function byCapacity(platforms: ReadonlyMap<PlatformName, Platform>, faults: string[]): Promise<ByCapacity> {
  const owned = new Map<PlatformName, Platform>();
  const shared = new Map<PlatformName, Platform>();
  for (const [name, platform] of platforms) {
    try {
      const { capacity } = await platform.capabilities();
      (capacity === 'shared' ? shared : owned).set(name, platform);
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { owned, shared };
}

interface Books { readonly ledger: Ledger; readonly calendar: Calendar }

async function defineOf({ ledger, calendar }: Books, platform: Platform, window: Interval): Promise<readonly string[]> {
  try {
    const pools = await platform.capacity(window);
    const results = await ledger.definePools(pools.map(({ pool, total }) => ({ pool, total: calendar.totalFor(pool, total) })));
    return results.flatMap((result, index) => (result.kind === 'defined' ? [] : [cutRefused(pools[index]?.pool ?? '', result)]));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Promises are kept: a pool that became too small for them offers nothing new until they are over. */
function cutRefused(pool: string, { sessions, sets }: PoolResult & { kind: 'refused' }): string {
  return `pool ${pool} is smaller than what is promised on it to sessions ${sessions.join(', ') || '-'} and offer sets ${sets.join(', ') || '-'}; cancel them or give the capacity back, then restart`;
}
