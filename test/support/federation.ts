/** An aggregator for tests: real database, real HTTP, a hand-moved clock that it may share with its members. */
import { writeFile } from 'node:fs/promises';
import { hashPassword } from '#access';
import { testDatabase } from '#persistence/testing';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { startApplication } from '../../apps/aggregator/src/application.js';
import type { Application } from '../../apps/aggregator/src/application.js';
import { loadConfigText } from '../../apps/aggregator/src/load-config.js';
import { TestClient } from './node.js';

const password = 'correct horse battery staple';

export interface MemberWish { readonly name: string; readonly url: string; readonly [key: string]: unknown }
export interface AggregatorWishes {
  readonly name?: string;
  readonly members: readonly MemberWish[];
  readonly clock?: HandClock;
  readonly federation?: Readonly<Record<string, unknown>>;
  readonly registers?: readonly unknown[];
  readonly credentials?: Readonly<Record<string, unknown>>;
  /** More of the configuration's section http. */
  readonly http?: Readonly<Record<string, unknown>>;
  /** Given: that of another replica, which drops it. */
  readonly databaseUrl?: string;
  readonly port?: number;
  /** Where the configuration is written; members are read anew when it changes. */
  readonly file?: string;
}

/** A member that is a test node: the aggregator speaks to it as its account bob, so that alice is nobody there. */
export function asMember(name: string, url: string, more: Readonly<Record<string, unknown>> = {}): MemberWish {
  return { name, url, credentials: { basic: { user: 'bob', password } }, ...more };
}

export class TestAggregator {
  private constructor(readonly application: Application, readonly clock: HandClock, readonly databaseUrl: string, private readonly drop: () => Promise<void>) {}

  static async start(wishes: AggregatorWishes): Promise<TestAggregator> {
    const database = wishes.databaseUrl === undefined ? await testDatabase() : { url: wishes.databaseUrl, drop: () => Promise.resolve() };
    const clock = wishes.clock ?? HandClock.at('2030-06-03T08:00:00Z');
    const config = { aggregator: { name: wishes.name ?? 'ag' }, http: { port: wishes.port ?? 0, ...wishes.http }, members: wishes.members, ...(wishes.federation ? { federation: wishes.federation } : {}), registers: wishes.registers ?? [], credentials: wishes.credentials ?? {} };
    if (wishes.file !== undefined) await writeFile(wishes.file, JSON.stringify(config));
    const loaded = await loadConfigText(JSON.stringify(config), {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const application = await startApplication(loaded.value, { clock, log: silentLog, environment: {}, database: { url: database.url }, ...(wishes.file === undefined ? {} : { file: wishes.file }) });
    const hash = await hashPassword(password);
    for (const name of ['alice', 'bob', 'admin']) {
      const roles = name === 'admin' ? (['user', 'admin'] as const) : (['user'] as const);
      await application.persistence.accounts.put({ name, hash, roles, groups: [], created: clock.now(), disabled: false });
    }
    return new TestAggregator(application, clock, database.url, database.drop);
  }

  get url(): string {
    return this.application.url;
  }

  as(name: string): TestClient {
    return new TestClient(this.url, name);
  }

  /** Waits for what goes on behind answers: siblings released, late offers given back. */
  settled(): Promise<void> {
    return this.application.ground.settled();
  }

  async stop(): Promise<void> {
    await this.application.close();
    await this.drop();
  }
}
