/** What watches tell, against a server that counts its versions, whatever is late and however often a watch breaks off. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionId } from '#model';
import { Mirror } from './mirror.js';
import type { Mirrored } from './mirror.js';
import { labelsOf } from '../names.js';
import { snapshotOf } from './snapshot-of.js';

const sessions = ['52fe607a-a7a3-4dd7-b608-78c76ba0f801', '52fe607a-a7a3-4dd7-b608-78c76ba0f802'] as const as unknown as readonly SessionId[];

interface Native { readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly labels: Record<string, string> } }
interface Event { readonly version: number; readonly kind: Mirrored; readonly isDeletion: boolean; readonly object: Native }

/** All that ever happened, so that a watch can go on anywhere. */
class Server {
  readonly events: Event[] = [];
  private readonly there = new Map<string, { readonly kind: Mirrored; readonly object: Native }>();

  change(kind: Mirrored, which: number, isDeletion: boolean): Native | undefined {
    const session = sessions[which] as SessionId;
    const name = `${kind}${which}`;
    if (isDeletion && !this.there.has(name)) return undefined;
    const version = this.events.length + 1;
    const object = { metadata: { name, resourceVersion: String(version), labels: labelsOf({ session, maker: { instance: 'bed' }, role: 'payload' }) } };
    this.events.push({ version, kind, isDeletion, object });
    if (isDeletion) this.there.delete(name);
    else this.there.set(name, { kind, object });
    return isDeletion ? undefined : object;
  }

  list(kind: Mirrored): { readonly items: readonly Native[]; readonly metadata: { readonly resourceVersion: string } } {
    const items = [...this.there.values()].filter((one) => one.kind === kind).map(({ object }) => structuredClone(object));
    return { items, metadata: { resourceVersion: String(this.events.length) } };
  }

  versions(): unknown {
    return versionsIn(snapshotOf(this.list('Job').items as V1Job[], this.list('Pod').items as V1Pod[]));
  }
}

function versionsIn({ jobs, pods, payloads }: Pick<ReturnType<typeof snapshotOf>, 'jobs' | 'pods' | 'payloads'>): unknown {
  const version = (one: V1Job | V1Pod): unknown => one.metadata?.resourceVersion;
  return sessions.map((session) => ({ job: [jobs.get(session)].flatMap((one) => (one ? [version(one)] : [])), pods: (pods.get(session) ?? []).map(version), payload: [payloads.get(session)].flatMap((one) => (one ? [version(one)] : [])) }));
}

const kinds = ['Job', 'Pod'] as const;
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('change' as const), kind: fc.constantFrom(...kinds), which: fc.nat(1), isDeletion: fc.boolean(), isOwn: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('event' as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('ask' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('hear' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('break' as const), kind: fc.constantFrom(...kinds), goesOn: fc.boolean() }) },
);

/** A mirror, and what is on its way to it. */
class World {
  readonly server = new Server();
  readonly mirror = new Mirror();
  private readonly next = { Job: 0, Pod: 0 };
  private readonly answers: { readonly kind: Mirrored; readonly object: Native }[] = [];
  private readonly lists: { readonly begun: number; readonly jobs: ReturnType<Server['list']>; readonly pods: ReturnType<Server['list']> }[] = [];

  constructor() {
    for (const kind of kinds) this.mirror.opened(kind);
  }

  do(one: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    if (one.does === 'change') this.change(one);
    else if (one.does === 'event') this.hearEvent(one.kind);
    else if (one.does === 'ask') this.lists.push({ begun: this.mirror.begin(), jobs: this.server.list('Job'), pods: this.server.list('Pod') });
    else if (one.does === 'hear') this.hearList();
    else if (one.does === 'answer') this.hearAnswer();
    else this.break(one);
  }

  /** What is on its way arrives. */
  settle(): void {
    while (this.answers.length > 0) this.hearAnswer();
    while (this.lists.length > 0) this.hearList();
    for (const kind of kinds) while (this.hearEvent(kind));
  }

  private change({ kind, which, isDeletion, isOwn }: { readonly kind: Mirrored; readonly which: number; readonly isDeletion: boolean; readonly isOwn: boolean }): void {
    const object = this.server.change(kind, which, isDeletion);
    if (object && isOwn) this.answers.push({ kind, object: structuredClone(object) });
  }

  private hearEvent(kind: Mirrored): boolean {
    const event = this.server.events.slice(this.next[kind]).find((one) => one.kind === kind);
    if (!event) return false;
    this.next[kind] = event.version;
    if (event.isDeletion) this.mirror.toldDeleted(kind, structuredClone(event.object));
    else this.mirror.told(kind, structuredClone(event.object));
    return true;
  }

  private hearList(): void {
    const list = this.lists.shift();
    if (!list) return;
    this.mirror.listed('Job', list.jobs, list.begun);
    this.mirror.listed('Pod', list.pods, list.begun);
  }

  private hearAnswer(): void {
    const answer = this.answers.shift();
    if (answer) this.mirror.told(answer.kind, answer.object);
  }

  /** A watch that goes on tells what was missed; one that does not begins with what is there. */
  private break({ kind, goesOn }: { readonly kind: Mirrored; readonly goesOn: boolean }): void {
    this.mirror.broken(kind);
    this.mirror.opened(kind);
    if (goesOn) return;
    for (const object of this.server.list(kind).items) this.mirror.told(kind, object);
    this.next[kind] = this.server.events.length;
  }
}

describe('what watches tell', () => {
  test('comes to what the server has, in whatever order events, lists and answers arrive', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World();
      for (const one of steps) world.do(one);
      world.settle();
      const { snapshot } = world.mirror;
      if (snapshot) expect(versionsIn(snapshot)).toEqual(world.server.versions());
      world.do({ does: 'ask' });
      world.settle();
      expect(world.mirror.snapshot && versionsIn(world.mirror.snapshot)).toEqual(world.server.versions());
    }), { numRuns: 2000 });
  });

  test('never goes back: no version is shown after a later one, and what was seen to be deleted does not come back', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World();
      const shown = new Map<SessionId, number>();
      const least = new Map<SessionId, number>();
      for (const one of steps) {
        world.do(one);
        const { snapshot } = world.mirror;
        for (const session of snapshot ? sessions : []) {
          const version = Number(snapshot?.jobs.get(session)?.metadata?.resourceVersion ?? Number.NaN);
          if (Number.isNaN(version)) least.set(session, (shown.get(session) ?? 0) + 1);
          else {
            expect(version).toBeGreaterThanOrEqual(least.get(session) ?? 0);
            shown.set(session, version);
            least.set(session, version);
          }
        }
      }
    }), { numRuns: 1000 });
  });

  test('is not believed while a watch is broken off, nor before a list was taken since', () => {
    const world = new World();
    expect(world.mirror.snapshot).toBeUndefined();
    const begun = world.mirror.begin();
    world.do({ does: 'ask' });
    world.do({ does: 'hear' });
    expect(world.mirror.snapshot).toBeDefined();
    world.mirror.broken('Pod');
    expect(world.mirror.snapshot).toBeUndefined();
    world.mirror.opened('Pod');
    world.mirror.listed('Pod', world.server.list('Pod'), begun);
    expect(world.mirror.snapshot).toBeUndefined();
    world.mirror.listed('Pod', world.server.list('Pod'), world.mirror.begin());
    expect(world.mirror.snapshot).toBeDefined();
  });

  test('is not believed at all where versions are no numbers', () => {
    const mirror = new Mirror();
    for (const kind of kinds) mirror.opened(kind);
    const begun = mirror.begin();
    for (const kind of kinds) mirror.listed(kind, { items: [], metadata: { resourceVersion: 'a-b' } }, begun);
    expect(mirror.snapshot).toBeUndefined();
  });
});
