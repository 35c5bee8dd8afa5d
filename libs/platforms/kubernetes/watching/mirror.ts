/**
 * What watches tell of Jobs and pods, kept as it comes, and what this process wrote itself: a look then costs no call. Lists stay the
 * truth: nothing is believed before one was taken while both watches were open, and each that is taken sets right what is kept.
 * Versions of one cluster grow with each change of anything; where they are no numbers, nothing is believed at all.
 */
import type { KubernetesObject, V1Job, V1Pod } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import { nameOf } from './reading.js';
import { roleOf, sessionOf } from '../names.js';
import { newestPayload } from './snapshot-of.js';
import type { Snapshot } from './snapshot-of.js';

export type Mirrored = 'Job' | 'Pod';

interface Shelf {
  readonly held: Map<string, KubernetesObject>;
  /** Versions at which what is not held any more was deleted, since the last list. */
  readonly deleted: Map<string, number>;
  /** Of the last list: what is not held was not there then. */
  listed: number;
  isOpen: boolean;
  /** A list was taken since the watch was opened. */
  isWhole: boolean;
}

const emptyShelf = (): Shelf => ({ held: new Map(), deleted: new Map(), listed: -1, isOpen: false, isWhole: false });

export class Mirror {
  private readonly shelves: Readonly<Record<Mirrored, Shelf>> = { Job: emptyShelf(), Pod: emptyShelf() };
  private readonly jobs = new Map<SessionId, V1Job>();
  private readonly payloads = new Map<SessionId, V1Pod>();
  private readonly pods = new Map<SessionId, readonly V1Pod[]>();
  private hasNumbers = true;
  /** How often watches were opened: a list that began before the last time may lack what was deleted in between. */
  private openings = 0;

  /** Undefined while it can't be believed. Goes on changing as events come. */
  get snapshot(): Snapshot | undefined {
    const { Job, Pod } = this.shelves;
    return this.hasNumbers && Job.isWhole && Pod.isWhole ? { jobs: this.jobs, payloads: this.payloads, pods: this.pods, isTold: true } : undefined;
  }

  opened(kind: Mirrored): void {
    this.openings += 1;
    Object.assign(this.shelves[kind], { isOpen: true, isWhole: false });
  }

  broken(kind: Mirrored): void {
    Object.assign(this.shelves[kind], { isOpen: false, isWhole: false });
  }

  /** To be called before a list is asked for; what it gives is handed over with the list. */
  begin(): number {
    return this.openings;
  }

  listed(kind: Mirrored, list: { readonly items: readonly KubernetesObject[]; readonly metadata?: { readonly resourceVersion?: string } }, begun: number): void {
    const shelf = this.shelves[kind];
    // One that is taken before a watch is open will not be believed.
    if (!shelf.isOpen) return;
    const version = this.versionOf(list);
    if (version >= shelf.listed) this.setRight(kind, list.items, version);
    if (begun === this.openings) shelf.isWhole = true;
  }

  /** An event, or an answer to what we wrote: it may be older than what is known. */
  told(kind: Mirrored, object: KubernetesObject): void {
    const shelf = this.shelves[kind];
    // What is written then is in the list that has to come.
    if (!shelf.isOpen) return;
    const version = this.versionOf(object);
    if (shelf.held.has(nameOf(object)) || (version > shelf.listed && version > (shelf.deleted.get(nameOf(object)) ?? -1))) this.put(kind, object);
  }

  toldDeleted(kind: Mirrored, object: KubernetesObject): void {
    const shelf = this.shelves[kind];
    const version = this.versionOf(object);
    const held = shelf.held.get(nameOf(object));
    // One of the same name may have been made since.
    if (held !== undefined && this.versionOf(held) > version) return;
    shelf.deleted.set(nameOf(object), version);
    if (held !== undefined) this.drop(kind, held);
  }

  private setRight(kind: Mirrored, items: readonly KubernetesObject[], version: number): void {
    const shelf = this.shelves[kind];
    const names = new Set(items.map(nameOf));
    for (const [name, held] of shelf.held) if (!names.has(name) && this.versionOf(held) <= version) this.drop(kind, held);
    for (const [name, at] of shelf.deleted) if (at <= version) shelf.deleted.delete(name);
    for (const item of items) if (shelf.held.has(nameOf(item)) || !shelf.deleted.has(nameOf(item))) this.put(kind, item);
    shelf.listed = version;
  }

  /** Only what is newer than what is held. */
  private put(kind: Mirrored, object: KubernetesObject): void {
    const { held } = this.shelves[kind];
    const before = held.get(nameOf(object));
    const session = sessionOf(object);
    if (session === undefined || (before !== undefined && this.versionOf(before) >= this.versionOf(object))) return;
    // Most of what an object is made of, and nobody reads it.
    delete object.metadata?.managedFields;
    held.set(nameOf(object), object);
    if (kind === 'Pod') this.setPods(session, [...this.podsBeside(session, object), object as V1Pod]);
    else if (roleOf(object) === 'payload') this.jobs.set(session, object as V1Job);
  }

  private drop(kind: Mirrored, object: KubernetesObject): void {
    const session = sessionOf(object);
    this.shelves[kind].held.delete(nameOf(object));
    if (session === undefined) return;
    if (kind === 'Pod') this.setPods(session, this.podsBeside(session, object));
    else if (this.jobs.get(session) === object) this.jobs.delete(session);
  }

  private podsBeside(session: SessionId, pod: KubernetesObject): readonly V1Pod[] {
    return (this.pods.get(session) ?? []).filter((one) => nameOf(one) !== nameOf(pod));
  }

  private setPods(session: SessionId, pods: readonly V1Pod[]): void {
    const payload = newestPayload(pods);
    if (payload === undefined) this.payloads.delete(session);
    else this.payloads.set(session, payload);
    if (pods.length === 0) this.pods.delete(session);
    else this.pods.set(session, pods);
  }

  private versionOf({ metadata }: { readonly metadata?: { readonly resourceVersion?: string } }): number {
    const text = metadata?.resourceVersion ?? '';
    const version = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    this.hasNumbers &&= !Number.isNaN(version);
    return version;
  }
}
