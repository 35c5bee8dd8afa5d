/** What a platform hands to its contract suite, and the world that each of its tests lives in. */
import { expect } from 'vitest';
import type { Draft, Executable, Fixer, Instant, Plan } from '#model';
import type { Handle, Observation, Platform, PlatformPlugin, Work } from '../platform.js';
import { aDraft, aPlan } from './plans.js';
import type { TestHost } from './test-host.js';

export interface PlatformSuite<Config> {
  readonly name: string;
  readonly plugin: PlatformPlugin<Config>;
  /** The plugin's section of the configuration, raw, as a file would have it. */
  readonly config: unknown;
  /** Sections that are wrong, each with the key that the fault must name. */
  readonly badConfigs: readonly { readonly raw: unknown; readonly path: string }[];
  readonly makeHost: () => Promise<TestHost>;
  /**
   * Lets a little time pass: moves a HandClock, or pauses for a moment on a real system. Called again and again until what a
   * test waits for is there, at most `patience` times.
   */
  readonly pass: (host: TestHost) => Promise<void>;
  readonly patience: number;
  readonly payloads: Payloads;
  /** How a payload becomes a draft; {@link aDraft} when left out. */
  readonly draft?: (executable: Executable) => Draft;
  /** Names of what is still there of the tested sessions: processes, containers, files. Empty when all is clean. */
  readonly leftovers: (host: TestHost) => Promise<readonly string[]>;
  /** Ways to upset the native system; what is left out is not tested. */
  readonly tamper?: Tamper;
  /** Most milliseconds that one test may take on this platform; 20 s when left out. */
  readonly deadline?: number;
}

/** Executables that behave in a known way on the platform. */
export interface Payloads {
  /** Ends by itself soon, with exit code 0. */
  readonly succeeds: Executable;
  readonly fails: { readonly executable: Executable; readonly exitCode: number };
  /** Runs until it is stopped (longer than any test). */
  readonly runsLong: Executable;
  /** Must be refused by assess, with a reason that has this path. */
  readonly unfit?: readonly { readonly executable: Executable; readonly path?: string }[];
  /** Prints `text`, then ends. Needed when the platform declares logs. */
  readonly prints?: { readonly executable: Executable; readonly text: string };
  /** Its prepare goes on until it is aborted. */
  readonly preparesLong?: Executable;
  /** Its prepare rejects, and who can put that right. */
  readonly failsToPrepare?: readonly { readonly executable: Executable; readonly fixer: Fixer }[];
  /** Its start rejects. */
  readonly failsToStart?: readonly { readonly executable: Executable; readonly fixer: Fixer }[];
  /** Ended by the platform for its own reasons. */
  readonly evicted?: Executable;
  /** Goes on running and opens a way in. Needed when the platform declares connectors. */
  readonly opens?: Executable;
  /** Does not end when asked politely. */
  readonly ignoresStop?: Executable;
}

export interface Tamper {
  /** Makes the native system unreachable for `platform` until the returned function is called. */
  unreachable?(host: TestHost, platform: Platform): Promise<() => Promise<void>>;
  /** Removes the session behind the broker's back, after it was started. */
  vanish?(host: TestHost, handle: Handle): Promise<void>;
  /** Brings the session into a native state that the plugin's table doesn't list. */
  unlisted?(host: TestHost, handle: Handle): Promise<void>;
  /** Counts native calls (commands, requests) so far. */
  nativeCalls?(host: TestHost): number;
}

/** One host and one instance on it, with the few moves that the tests are made of. */
export class PlatformWorld<Config> {
  readonly made: Plan[] = [];

  private constructor(readonly suite: PlatformSuite<Config>, readonly host: TestHost, public platform: Platform) {}

  static async open<Config>(suite: PlatformSuite<Config>): Promise<PlatformWorld<Config>> {
    const host = await suite.makeHost();
    return new PlatformWorld(suite, host, suite.plugin.create(suite.plugin.parseConfig(suite.config), host));
  }

  /** A new instance on the same host, as after a restart. */
  async restart(): Promise<void> {
    await this.platform.close?.();
    this.platform = this.suite.plugin.create(this.suite.plugin.parseConfig(this.suite.config), this.host);
  }

  draft(executable: Executable): Draft {
    return (this.suite.draft ?? aDraft)(executable);
  }

  /** A plan on the first pools that the platform chooses for the draft. */
  async plan(executable: Executable, start: Instant = this.host.clock.now()): Promise<Plan> {
    const draft = this.draft(executable);
    const assessment = await this.platform.assess(draft);
    if (!assessment.fits) throw new Error(`${this.suite.name} refuses the payload: ${JSON.stringify(assessment.reasons)}`);
    const pools = [...new Set((assessment.choices[0] ?? []).map((demand) => demand.pool))];
    const plan = aPlan(draft, { platform: this.host.instance, pools, start });
    this.made.push(plan);
    return plan;
  }

  /** Prepares, letting time pass. */
  prepare(plan: Plan, work: Work = quietWork()): Promise<Handle> {
    return this.during(this.platform.prepare(plan, work));
  }

  async started(executable: Executable): Promise<Handle> {
    const handle = await this.prepare(await this.plan(executable));
    return this.during(this.platform.start(handle));
  }

  async see(handle: Handle): Promise<Observation> {
    return (await this.platform.observe([handle])).get(handle.session) ?? { seen: 'unknown' };
  }

  /** Lets time pass until the session is seen so. */
  async until(handle: Handle, holds: (seen: Observation) => boolean): Promise<Observation> {
    for (let tries = 0; tries < this.suite.patience; tries += 1) {
      const seen = await this.see(handle);
      if (holds(seen)) return seen;
      await this.suite.pass(this.host);
    }
    throw new Error(`${this.suite.name} never came to it; last seen ${JSON.stringify(await this.see(handle))}`);
  }

  untilEnded(handle: Handle): Promise<Observation & { readonly seen: 'ended' }> {
    return this.until(handle, (seen) => seen.seen === 'ended') as Promise<Observation & { readonly seen: 'ended' }>;
  }

  /** Lets time pass until the native call is answered. */
  async during<T>(call: Promise<T>): Promise<T> {
    let answered = false;
    const settled = call.finally(() => { answered = true; });
    settled.catch(() => undefined);
    for (let tries = 0; tries < this.suite.patience && !answered; tries += 1) {
      await oneTurn();
      if (!answered) await this.suite.pass(this.host);
    }
    return settled;
  }

  /** Releases, tells that nothing is left, and closes. */
  async expectClean(handle?: Handle): Promise<void> {
    if (handle) await this.during(this.platform.release(handle));
    expect(await this.suite.leftovers(this.host), 'left behind').toEqual([]);
  }

  /** Ends whatever a failed test may have left running. */
  async close(): Promise<void> {
    for (const plan of this.made) {
      const handle = this.platform.handleOf(plan);
      await this.during(this.platform.cancel(handle));
      await this.during(this.platform.release(handle));
    }
    await this.platform.close?.();
    await this.host.close();
  }
}

export function quietWork(signal: AbortSignal = new AbortController().signal): Work {
  return { signal, progress: () => undefined };
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
