/**
 * Who is asked, and in which order. Few members are all asked at once. Of many, those that may fit by their digests, the earliest
 * first, a handful at a time until somebody offers; who has no digest is always among the first. Members that seem full come last:
 * a digest may be some minutes old. Only who lacks the kind, or never runs so long, is left out. Pure.
 */
import type { Terms } from '../judging/offer-terms.js';
import { earliestStart, lackOf, wantedOf } from '../digest/could-fit.js';
import type { Lack } from '../digest/could-fit.js';
import type { MemberDigest } from '../digest/read-digest.js';
import type { Actor, Member } from '../members/member.js';
import { anonymous, canonicalKind, kinds } from '#model';
import type { ExecutionRequest, Instant, Kind } from '#model';

export interface PruneSettings {
  /** Fewer members than this are all asked. */
  readonly pruneFrom: number;
  /** How many members with digests are asked at first. */
  readonly mostAsked: number;
}

export interface Choice {
  /** Each is asked only when those before it offered nothing. */
  readonly waves: readonly (readonly Member[])[];
  /** Left out for good, and why. */
  readonly lacking: ReadonlyMap<Lack, number>;
}

export interface Asking { readonly request: ExecutionRequest; readonly terms: Terms; readonly now: Instant; /** Who of equal members comes first. */ readonly turn: number }

export function chooseMembers(members: readonly Member[], digestOf: (member: Member) => MemberDigest | undefined, asking: Asking, settings: PruneSettings): Choice {
  if (members.length < settings.pruneFrom) return { waves: [members], lacking: new Map() };
  const wanted = wantedOf(asking.request, asking.terms, asking.now);
  const lacking = new Map<Lack, number>();
  const always: Member[] = [];
  const fitting: { readonly member: Member; readonly start: Instant; readonly turn: number }[] = [];
  const full: Member[] = [];
  members.forEach((member, index) => {
    const digest = digestOf(member);
    const lack = digest && lackOf(digest, wanted);
    if (lack !== undefined) return void lacking.set(lack, (lacking.get(lack) ?? 0) + 1);
    if (!digest?.isComplete) return void always.push(member);
    const start = earliestStart(digest, wanted);
    if (start === undefined) full.push(member);
    else fitting.push({ member, start, turn: (index + asking.turn) % members.length });
  });
  const best = fitting.sort((a, b) => a.start - b.start || a.turn - b.turn).map(({ member }) => member);
  return { waves: wavesOf(always, best, full, settings.mostAsked), lacking };
}

/** Growing, so that many members are through after a few. */
function wavesOf(always: readonly Member[], best: readonly Member[], full: readonly Member[], most: number): readonly (readonly Member[])[] {
  const waves: (readonly Member[])[] = [[...always, ...best.slice(0, most)]];
  for (let from = most, size = 2 * most; from < best.length; from += size, size *= 2) waves.push(best.slice(from, from + size));
  return [...waves, full].filter((wave, index) => index === 0 || wave.length > 0);
}

/**
 * Storage that outlives sessions belongs to whoever a member knows: where everybody is us, one would find what another has kept.
 * Those are not asked for it.
 */
export function keepApart(members: readonly Member[], { storage }: ExecutionRequest, actor: Actor): { readonly asked: readonly Member[]; readonly left: readonly Member[] } {
  const isKept = storage?.some(({ kind }) => (kind as Kind | undefined) !== undefined && canonicalKind(kind) === kinds.persistentStorage) === true;
  if (!isKept) return { asked: members, left: [] };
  const isOwner = ({ knows }: Member): boolean => actor.requester.id !== anonymous.id && knows?.(actor) === true;
  return { asked: members.filter(isOwner), left: members.filter((one) => !isOwner(one)) };
}
