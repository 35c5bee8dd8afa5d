/** This machine as a platform: chooses the engine by the kind of the executable, and does what both engines need. */
import type { Draft, Interval, KeptStorageId, Plan, PoolId, Resources, SessionId } from '#model';
import { BrokerError, canonicalKind, kinds, kindsOf, reason } from '#model';
import type { Assessment, Capabilities, Demand, Handle, Keeps, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import { judgeDraft, storageOf } from './assess.js';
import type { LocalConfig } from './config.js';
import type { Engine, EngineName } from './engine.js';
import type { Hints } from './hints.js';
import { KeptFolder } from './kept-folder.js';
import { KeptOwners } from './kept-owners.js';
import { SessionFolder } from './session-folder.js';
import { Stopper } from './stopper.js';

const handleVersion = 1;

export class LocalPlatform implements Platform {
  private readonly closing = new AbortController();
  private readonly stopper: Stopper;
  private readonly keptOwners: KeptOwners;

  constructor(private readonly config: LocalConfig, private readonly host: PlatformHost, private readonly engines: readonly Engine[], private readonly hints: Hints) {
    this.stopper = new Stopper(host, hints, this.closing.signal);
    this.keptOwners = new KeptOwners(host.folder);
  }

  capabilities(): Promise<Capabilities> {
    return Promise.resolve({
      executables: this.engines.map(({ kind }) => kind), storage: [kinds.simpleStorage, ...(this.keeps ? [kinds.persistentStorage] : [])], ...(this.keeps ? { keeps: this.keeps } : {}), data: kindsOf('data'),
      connectors: this.engines.some(({ name }) => name === 'container') ? ['TCP', 'UDP', 'HTTP', 'HTTPS'] : [],
      longestRun: this.config.longestRun, capacity: 'owned',
    });
  }

  capacity(_window: Interval): Promise<readonly PoolCapacity[]> {
    return Promise.resolve([{ pool: this.pool, total: this.config.totals, taken: [] }]);
  }

  async assess(draft: Draft): Promise<Assessment> {
    const engine = this.engineFor(draft);
    if (engine === undefined) return { fits: false, reasons: [reason('kind-refused', "'{kind}' does not run on this machine", { kind: draft.executable.kind }, { path: 'executable.kind' })] };
    const { reasons: own, preparing, releasing } = await engine.assess(draft);
    const reasons = [...own, ...judgeDraft(draft, this.config), ...await this.keptOwners.judge(draft.storage, engine.name)];
    if (reasons.length > 0) return { fits: false, reasons };
    const staging = draft.data.reduce((sum, data) => sum + data.estimate, 0);
    return {
      fits: true, choices: [this.demands(draft)], preparing: { min: 0, max: preparing + staging }, queued: { min: 0, max: 0 }, releasing: { min: 0, max: releasing },
    };
  }

  async prepare(plan: Plan, work: Work): Promise<Handle> {
    work.signal.throwIfAborted();
    const engine = this.engineFor(plan);
    if (engine === undefined) throw new BrokerError('unavailable', 'operator', [reason('kind-refused', "'{kind}' does not run on this machine any more", { kind: plan.executable.kind }, { path: 'executable.kind', level: 'ERROR' })]);
    await this.keptOwners.claim(plan.storage, engine.name);
    await engine.prepare(plan, work);
    return this.handleOf(plan);
  }

  async start(handle: Handle): Promise<Handle> {
    await this.engineOf(handle).start(handle.session);
    return handle;
  }

  async observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    const answers = await Promise.all(this.engines.map(async (engine) => {
      const sessions = handles.filter((handle) => engineNameOf(handle) === engine.name).map(({ session }) => session);
      return sessions.length === 0 ? [] : [...await this.observeBy(engine, sessions)];
    }));
    return new Map(answers.flat());
  }

  async cancel(handle: Handle): Promise<void> {
    await this.stopper.stop(this.engineOf(handle), handle.session);
  }

  async release(handle: Handle): Promise<void> {
    await this.engineOf(handle).release(handle.session);
    await new SessionFolder(this.host.folder, handle.session).remove();
  }

  handleOf(plan: Plan): Handle {
    const engine: EngineName = canonicalKind(plan.executable.kind) === kinds.localProcess ? 'process' : 'container';
    return { session: plan.session, version: handleVersion, native: { engine } };
  }

  logs(handle: Handle, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    return this.engineOf(handle).logs(handle.session, options);
  }

  async* changes(signal: AbortSignal): AsyncIterable<SessionId> {
    const stop = AbortSignal.any([signal, this.closing.signal]);
    const hints = this.hints.listen(stop);
    const listening = Promise.all(this.engines.map((engine) => engine.listen(stop)));
    yield* hints;
    await listening;
  }

  close(): Promise<void> {
    this.closing.abort(new Error('the platform is closed'));
    return Promise.resolve();
  }

  async discard(kept: KeptStorageId): Promise<void> {
    if (await this.keptOwners.ownerOf(kept) === 'container') await this.engineCalled('container', `kept storage ${kept}`).discard?.(kept);
    else await new KeptFolder(this.host.folder, kept).remove();
    await this.keptOwners.forget(kept);
  }

  /** Readers share a folder or a volume as it is. */
  private get keeps(): Keeps | undefined {
    const { kept } = this.config;
    return kept && { gib: kept.size, longest: kept.longest, sharing: true };
  }

  private get pool(): PoolId {
    return `${this.host.instance}/${this.config.pool}` as PoolId;
  }

  private engineFor(draft: Draft): Engine | undefined {
    return this.engines.find(({ kind }) => kind === canonicalKind(draft.executable.kind));
  }

  private engineOf(handle: Handle): Engine {
    return this.engineCalled(engineNameOf(handle), `session ${handle.session}`);
  }

  private engineCalled(engine: EngineName, who: string): Engine {
    const found = this.engines.find(({ name }) => name === engine);
    if (found === undefined) throw new BrokerError('unavailable', 'operator', [reason('engine-missing', "{who} needs '{engine}', which is not configured any more", { who, engine }, { level: 'ERROR' })]);
    return found;
  }

  private async observeBy(engine: Engine, sessions: readonly SessionId[]): Promise<ReadonlyMap<SessionId, Observation>> {
    try {
      return await engine.observe(sessions);
    } catch (fault) {
      this.host.log.warn('sessions can not be observed now', { engine: engine.name, fault: String(fault) });
      return new Map(sessions.map((session) => [session, { seen: 'unknown' }]));
    }
  }

  /** Cores and memory for the run; storage as long as anything of the session is here. */
  private demands(draft: Draft): readonly Demand[] {
    const totals: Resources = this.config.totals;
    const min = withoutStorage(draft.need.min);
    const max = Object.fromEntries(Object.entries(withoutStorage(draft.need.max)).map(([name, amount]) => [name, Math.max(min[name] ?? 0, Math.min(amount, totals[name] ?? 0))]));
    const storage = Math.max(storageOf(draft), draft.need.min.storage ?? 0);
    const run: Demand = { pool: this.pool, min, max, during: 'run' };
    return storage === 0 ? [run] : [run, { pool: this.pool, min: { storage }, max: { storage }, during: 'stay' }];
  }
}

function withoutStorage(amounts: Resources): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name !== 'storage'));
}

function engineNameOf(handle: Handle): EngineName {
  return (handle.native as { readonly engine: EngineName }).engine;
}

