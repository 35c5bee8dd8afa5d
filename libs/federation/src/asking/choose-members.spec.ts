import { describe, expect, it } from 'vitest';
import { anonymous, formatInstant, kinds } from '#model';
import type { ExecutionRequest, Requester, RequesterId } from '#model';
import { termsOf } from '../judging/offer-terms.js';
import { chooseMembers, keepApart } from './choose-members.js';
import type { Choice } from './choose-members.js';
import { readDigest } from '../digest/read-digest.js';
import type { MemberDigest } from '../digest/read-digest.js';
import type { Member } from '../members/member.js';

const now = Date.parse('2030-06-03T08:00:00Z');
const request = { executable: { kind: kinds.dockerContainer }, compute: { cores: { min: 4 } }, schedule: { requested: { duration: 'PT1H', start: '2030-06-03T08:00:00Z/PT6H' } } } as unknown as ExecutionRequest;

const member = (name: string): Member => ({ name, url: `https://${name}.test`, exposure: 'proxy', hiddenHosts: [], identify: () => Promise.resolve({}) });
const digest = (cores: readonly number[], kind: string = kinds.dockerContainer): MemberDigest => readDigest({
  kinds: { executable: [kind], storage: [] }, window: { start: formatInstant(now), end: formatInstant(now + cores.length * 3_600_000) }, step: 'PT1H', free: { cores }, isComplete: true,
}, now);

const fits = digest(Array(24).fill(8));
const full = digest(Array(24).fill(0));
const later = digest([0, 0, ...Array<number>(22).fill(8)]);

function choose(digests: Readonly<Record<string, MemberDigest | undefined>>, settings = { pruneFrom: 1, mostAsked: 2 }): Choice {
  const asking = { request, terms: termsOf(request, now), now, turn: 0 };
  return chooseMembers(Object.keys(digests).map(member), ({ name }) => digests[name], asking, settings);
}

const names = ({ waves }: Choice): string[][] => waves.map((wave) => wave.map(({ name }) => name));

describe('whom an aggregator asks', () => {
  it('is everybody, while they are few', () => {
    expect(names(choose({ a: fits, b: full, c: undefined }, { pruneFrom: 4, mostAsked: 1 }))).toEqual([['a', 'b', 'c']]);
  });

  it('is who may have room, the earliest first, and at last who seems full', () => {
    expect(names(choose({ a: later, b: full, c: fits, d: fits, e: later }))).toEqual([['c', 'd'], ['a', 'e'], ['b']]);
  });

  it('is always who has no digest', () => {
    expect(names(choose({ a: undefined, b: full, c: undefined, d: fits }))).toEqual([['a', 'c', 'd'], ['b']]);
  });

  it('is never who does not run the kind', () => {
    const choice = choose({ a: digest([8], kinds.jupyterNotebook), b: fits });
    expect([names(choice), choice.lacking.get('kind')]).toEqual([[['b']], 1]);
  });

  it('takes equal ones by turns', () => {
    const asking = { request, terms: termsOf(request, now), now };
    const first = (turn: number): string | undefined => chooseMembers(['a', 'b', 'c'].map(member), () => fits, { ...asking, turn }, { pruneFrom: 1, mostAsked: 1 }).waves[0]?.[0]?.name;
    expect(new Set([first(0), first(1), first(2)])).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('storage that outlives sessions', () => {
  const known = (name: string, knows?: Member['knows']): Member => ({ ...member(name), ...(knows ? { knows } : {}) });
  const members = [known('personal', ({ requester }) => requester.name === 'alice' || requester.id === anonymous.id), known('shared', () => false), known('foreign')];
  const keeping = { executable: { kind: kinds.scripted }, storage: [{ kind: kinds.persistentStorage, name: 'results' }] } as unknown as ExecutionRequest;
  const asked = (request: ExecutionRequest, who: Partial<Requester>): readonly string[] => keepApart(members, request, { requester: { ...anonymous, ...who } }).asked.map(({ name }) => name);

  it('is asked for only where its owner is known; nobody in particular owns none', () => {
    expect(asked(keeping, { id: 'local:alice' as RequesterId, name: 'alice' })).toEqual(['personal']);
    expect(asked(keeping, { id: 'local:bob' as RequesterId, name: 'bob' })).toEqual([]);
    expect(asked(keeping, {})).toEqual([]);
    expect(asked({ executable: { kind: kinds.scripted } } as unknown as ExecutionRequest, {})).toEqual(['personal', 'shared', 'foreign']);
  });
});
