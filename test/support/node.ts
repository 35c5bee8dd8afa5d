/** A whole node for tests: real database, real HTTP, a clock moved by hand, the scripted platform unless said otherwise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Instant, Log } from '#model';
import { kinds, parseDuration } from '#model';
import { hashPassword } from '#access';
import { testDatabase } from '#persistence/testing';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { startApplication } from '../../apps/broker/src/application.js';
import type { Application } from '../../apps/broker/src/application.js';
import { loadConfigText } from '../../apps/broker/src/configuration/load-config.js';
import type { RequestBuilder } from './requests.js';

// Answers are read as clients read them: whatever JSON came.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- wire documents are asserted on, not typed
export type Json = any;
export interface Answer { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Json }

export interface NodeWishes {
  readonly cores?: number;
  readonly memory?: number;
  readonly storage?: number;
  readonly mostOffers?: number;
  readonly spacing?: string;
  readonly now?: string;
  readonly policies?: readonly unknown[];
  readonly platforms?: readonly unknown[];
  readonly data?: readonly unknown[];
  readonly access?: unknown;
  readonly costs?: unknown;
  readonly limits?: Readonly<Record<string, unknown>>;
  /** More of the configuration's section http. */
  readonly http?: Readonly<Record<string, unknown>>;
  readonly calendar?: readonly unknown[];
  readonly pools?: readonly unknown[];
  /** Where it logs; nowhere unless a test wants to read it. */
  readonly log?: Log;
  /** Accounts besides alice, bob and admin, with their groups. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
}

const password = 'correct horse battery staple';
let hash: Promise<string> | undefined;

/** Of the password that {@link credentialsOf} shows. */
export function passwordHash(): Promise<string> {
  return hash ??= hashPassword(password);
}

/** Accounts alice, bob (users) and admin exist; UC fixture: Monday 2030-06-03 08:00Z, grain and expiry five minutes. */
export async function startNode(wishes: NodeWishes = {}): Promise<TestNode> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'eb-node-'));
  const clock = HandClock.at(wishes.now ?? '2030-06-03T08:00:00Z');
  const node = new TestNode({ config: configOf(wishes), url: database.url, folder, clock, cores: wishes.cores ?? 16, members: wishes.members ?? {}, log: wishes.log ?? silentLog }, async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  await node.start();
  return node;
}

/** Also a wake-up of the reconcilers that nobody asked for is due within this; larger than any test's patience is fine. */
const timing = { idle: 3_600_000, poll: 60_000, margin: 0 };

interface Ground { readonly config: unknown; readonly url: string; readonly folder: string; readonly clock: HandClock; readonly cores: number; readonly members: Readonly<Record<string, readonly string[]>>; readonly log: Log }

export class TestNode {
  private application: Application | undefined;
  readonly clock: HandClock;
  readonly cores: number;

  constructor(private readonly ground: Ground, private readonly cleanUp: () => Promise<void>) {
    this.clock = ground.clock;
    this.cores = ground.cores;
  }

  /** Its state folder. */
  get folder(): string {
    return this.ground.folder;
  }

  /** Of its database, for tests that look into it. */
  get databaseUrl(): string {
    return this.ground.url;
  }

  get running(): Application {
    if (!this.application) throw new Error('the node is not running');
    return this.application;
  }

  async start(): Promise<void> {
    const loaded = await loadConfigText(JSON.stringify(this.ground.config), {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    if (loaded.value.pluginFaults.length > 0) throw new Error(JSON.stringify(loaded.value.pluginFaults));
    const { clock, folder, url, log } = this.ground;
    this.application = await startApplication(loaded.value, { clock, log, stateFolder: folder, database: { url }, timing });
    for (const name of ['alice', 'bob', 'admin', ...Object.keys(this.ground.members)]) {
      const roles = name === 'admin' ? (['user', 'admin'] as const) : (['user'] as const);
      await this.application.node.persistence.accounts.put({ name, hash: await passwordHash(), roles, groups: this.ground.members[name] ?? [], created: clock.now(), disabled: false });
    }
  }

  /** Stops and starts it again on the same database. */
  async restart(): Promise<void> {
    await this.application?.close();
    this.application = undefined;
    await this.start();
  }

  async stop(): Promise<void> {
    await this.application?.close();
    this.application = undefined;
    await this.cleanUp();
  }

  /** Moves the clock on, letting everything that becomes due on the way be done at its own time. */
  async advance(duration: string): Promise<void> {
    const length = parseDuration(duration, this.clock.now());
    if (!length.ok) throw new Error(length.fault);
    const target = this.clock.now() + length.value;
    await this.settled();
    while (this.clock.now() < target) {
      await this.clock.moveTo(Math.min(target, await this.nextWake(), this.clock.now() + 600_000));
      await this.settled();
    }
  }

  as(name: string): TestClient {
    return new TestClient(this.running.url, name);
  }

  private async nextWake(): Promise<Instant> {
    const { tasks, ledger, keeper, watch } = this.running.node;
    const now = this.clock.now();
    const wakes = [await tasks.nextLook(), ledger.nextExpiry(), keeper.nextLook(), watch?.nextLook()].filter((at): at is number => at !== undefined && at > now);
    return wakes.length > 0 ? Math.min(...wakes) : Infinity;
  }

  private async settled(): Promise<void> {
    await this.running.node.calendar.refresh();
    await this.running.node.watch?.settled();
    await this.running.node.tasks.settled();
    await this.running.node.keptStorages.sweep();
  }
}

/** The header that says who one of the accounts is; none for `''`. */
export function credentialsOf(name: string): { readonly authorization?: string } {
  return name === '' ? {} : { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

/** Speaks JSON over HTTP as one account; `''` sends no credentials. */
export class TestClient {
  constructor(private readonly url: string, private readonly name: string) {}

  async call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const answer = await this.send(method, path, { accept: 'application/json', 'content-type': 'application/json' }, body === undefined ? undefined : JSON.stringify(body));
    const isJson = String(answer.headers['content-type']).includes('json');
    return isJson && answer.body !== '' ? { ...answer, body: JSON.parse(answer.body) as Json } : answer;
  }

  /** With headers and a body as they are given; so is the body of the answer. */
  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answer & { readonly body: string }> {
    const answer = await request(this.url + path, { method, headers: { ...credentialsOf(this.name), ...headers }, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  /** The offer set that a request gets; fails when the answer is not 303 with a body. */
  async ask(wish: RequestBuilder): Promise<Json> {
    const answer = await this.call('POST', '/requests', wish.build());
    if (answer.status !== 303) throw new Error(`asked, and got ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async offerSet(uuid: string): Promise<Json> {
    return (await this.get(`/offersets/${uuid}`)).body;
  }

  session(session: Json): Promise<Answer> {
    return this.get(`/sessions/${session.meta.uuid}`);
  }

  update(session: Json, phase: string): Promise<Answer> {
    return this.call('POST', `/sessions/${session.meta.uuid}`, { kind: 'uri:enum-value-update', path: 'phase', value: phase });
  }
}

/** However busy the machine of the test is, nobody is sent away. */
const patient = { askWithin: 'PT1H' };

function configOf(wishes: NodeWishes): unknown {
  const { cores = 16, memory = 64, storage = 1000, spacing = 'PT1H', mostOffers = 6, data = [], policies = [], access, costs, limits = {}, calendar = [], pools = [] } = wishes;
  const scripted = {
    name: 'stage', type: 'scripted', pools: { main: { cores, memory, storage } },
    executables: ['scripted', 'dockerContainer', 'jupyterNotebook'],
    behaviour: { run: 'PT1H', connectors: [{ protocol: 'HTTPS', location: 'https://example.org/way-in' }] },
  };
  return {
    node: { name: 'n1' }, http: { port: 0, ...wishes.http },
    booking: { grain: 'PT5M', offerExpiry: 'PT5M', spacing, mostOffers }, platforms: wishes.platforms ?? [scripted], data, policies, calendar, pools,
    ...(access ? { access } : {}), ...(costs ? { costs } : {}), limits: { ...patient, ...limits },
  };
}

/** The kinds that journeys name. */
export { kinds };
