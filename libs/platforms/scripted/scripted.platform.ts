import { BrokerError, kinds, reason } from '#model';
import type { Draft, Interval, KeptStorageId, Plan, PoolId, Resources, SessionId } from '#model';
import type { Assessment, Capabilities, Handle, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import { assessDraft, scriptOf } from './assessment.js';
import type { ScriptedConfig } from './config.js';
import { ScriptedClient } from './scripted.client.js';
import type { ScriptedState } from './scripted.client.js';
import { othersOf } from './others.js';
import { elapsedRun, observationOf } from './scripted.states.js';
import type { ScriptedFailure } from './script.js';

const handleVersion = 1;
/** Longest wait of a follower until it looks again whether the session was cancelled. */
const lookEvery = 500;

export class ScriptedPlatform implements Platform {
  private readonly client: ScriptedClient;

  constructor(private readonly config: ScriptedConfig, private readonly host: PlatformHost) {
    this.client = new ScriptedClient(host.folder, config.history);
  }

  capabilities(): Promise<Capabilities> {
    const { executables, storage, data, brings, connectors, longestRun, hasFixedEnd, capacity, keeps, accelerators, mostHosts, approach } = this.config;
    const kept = keeps ? { keeps: { ...keeps, sharing: true } } : {};
    return Promise.resolve({ executables, storage: keeps ? [...storage, kinds.persistentStorage] : storage, data, brings, connectors, longestRun, hasFixedEnd, capacity, accelerators, mostHosts, ...kept, ...(approach === undefined ? {} : { approachTime: approach }) });
  }

  capacity(_window: Interval): Promise<readonly PoolCapacity[]> {
    const others = this.client.others();
    return Promise.resolve(Object.entries(this.config.pools).map(([pool, total]) => ({ pool: `${this.host.instance}/${pool}` as PoolId, ...othersOf(others, pool, total) })));
  }

  assess(draft: Draft): Promise<Assessment> {
    return Promise.resolve(assessDraft(this.config, this.host.instance, draft));
  }

  async prepare(plan: Plan, work: Work): Promise<Handle> {
    const state = this.client.read(plan.session) ?? this.begin(plan);
    if (state.isPrepared) return this.handleOf(plan);
    await this.spend(state, work);
    for (const { kept } of plan.storage) if (kept) this.client.keep(kept.id, kept.make);
    for (const data of plan.data) if (data.resolver !== undefined) await this.host.stage(data, this.client.dataFolder(plan.session), work);
    work.signal.throwIfAborted();
    const now = this.client.read(plan.session) ?? state;
    this.failAsScripted(now, 'prepare');
    this.client.note(plan.session, { isPrepared: true });
    return this.handleOf(plan);
  }

  async approach(handle: Handle): Promise<void> {
    const state = this.client.read(handle.session);
    if (!state?.isPrepared || state.approached !== undefined || state.started !== undefined) return;
    this.failAsScripted(state, 'approach');
    this.client.note(handle.session, { approached: this.host.clock.now() });
    return Promise.resolve();
  }

  async start(handle: Handle): Promise<Handle> {
    const state = this.client.read(handle.session);
    if (!state?.isPrepared) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {id} was not prepared here', { id: handle.session })]);
    if (state.started !== undefined) return handle;
    this.failAsScripted(state, 'start');
    this.client.note(handle.session, { started: this.host.clock.now() });
    return Promise.resolve(handle);
  }

  observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    const now = this.host.clock.now();
    return Promise.resolve(new Map(handles.map(({ session }) => {
      const state = this.client.read(session);
      return [session, state ? observationOf(state, now) : { seen: 'gone' }];
    })));
  }

  async cancel(handle: Handle): Promise<void> {
    const state = this.client.read(handle.session);
    const isRunning = state?.started !== undefined && observationOf(state, this.host.clock.now()).seen !== 'ended';
    if (state && isRunning && state.cancelled === undefined) this.client.note(handle.session, { cancelled: this.host.clock.now() });
    return Promise.resolve();
  }

  async release(handle: Handle): Promise<void> {
    const state = this.client.read(handle.session);
    if (state) this.failAsScripted(state, 'release');
    this.client.remove(handle.session);
    return Promise.resolve();
  }

  /** The pretended system takes any size; what it was told last is in the session's file. */
  async resize(handle: Handle, granted: Resources): Promise<void> {
    const state = this.client.read(handle.session);
    if (!state) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {id} was not prepared here', { id: handle.session })]);
    this.failAsScripted(state, 'resize');
    this.client.note(handle.session, { granted });
    return Promise.resolve();
  }

  async discard(kept: KeptStorageId): Promise<void> {
    this.client.discard(kept);
    return Promise.resolve();
  }

  /** Storage that is kept; for audits in tests. */
  keptStorage(): readonly string[] {
    return this.client.keptStorage();
  }

  handleOf(plan: Plan): Handle {
    return { session: plan.session, version: handleVersion, native: {} };
  }

  async *logs(handle: Handle, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    for (let told = 0; !options.signal.aborted;) {
      const state = this.client.read(handle.session);
      if (!state) return;
      const elapsed = elapsedRun(state, this.host.clock.now());
      const lines = [...state.script.log].sort((a, b) => a.after - b.after).filter((line) => line.after <= elapsed);
      for (const line of lines.slice(told)) yield `${line.text}\n`;
      told = lines.length;
      const { seen } = observationOf(state, this.host.clock.now());
      if (!options.follow || seen === 'ended' || seen === 'gone') return;
      await this.pause(lookEvery, options.signal);
    }
  }

  /** Sessions that something is left of; for audits in tests and by operators. */
  leftovers(): readonly SessionId[] {
    return this.client.list();
  }

  private begin(plan: Plan): ScriptedState {
    const read = scriptOf(this.config, plan);
    if (!read.ok) throw new BrokerError('conflict', 'caller', read.reasons);
    return this.client.begin({ session: plan.session, script: read.script, begun: this.host.clock.now(), isPrepared: false, failures: {} });
  }

  /** Lets the time of preparing pass; what passed before a restart counts. */
  private async spend(state: ScriptedState, work: Work): Promise<void> {
    const { prepare, progress } = state.script;
    const parts = Math.max(1, progress);
    for (let part = 1; part <= parts; part += 1) {
      const left = state.begun + (prepare * part) / parts - this.host.clock.now();
      work.signal.throwIfAborted();
      if (left > 0) await this.host.clock.sleep(left, work.signal);
      if (progress > 0) work.progress({ done: part, total: parts, unit: 'steps', what: 'preparing as scripted' });
    }
  }

  private failAsScripted(state: ScriptedState, at: ScriptedFailure['at']): void {
    const { fail } = state.script;
    const failed = state.failures[at] ?? 0;
    if (fail?.at !== at || failed >= fail.times) return;
    this.client.note(state.session, { begun: this.host.clock.now(), failures: { ...state.failures, [at]: failed + 1 } });
    throw new BrokerError('unavailable', fail.fixer, [reason('scripted', '{message}', { message: fail.message, step: at }, { level: 'ERROR' })]);
  }

  private async pause(length: number, signal: AbortSignal): Promise<void> {
    await this.host.clock.sleep(length, signal).catch((error: unknown) => { if (!signal.aborted) throw error; });
  }
}
