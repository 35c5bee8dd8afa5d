/** What a hostile or broken client makes of a document: other types, ranges, keys, sizes, depths and texts. */
import fc from 'fast-check';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const nested = (depth: number, open: (inner: Json) => Json): Json => Array.from({ length: depth }).reduce<Json>((inner) => open(inner), 'x');

const strange: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, -0, 2 ** 53, -(2 ** 53), 1e308, 5e-324, '', ' ', [], {}, [[]], [null], [{}]),
// eslint-disable-next-line no-template-curly-in-string -- what template engines would run
  fc.constantFrom<Json>('__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../../../etc/passwd', '/', '..', 'a/b', 'C:\\x', 'a\0b', '\r\nHTTP/1.1 200 OK', '%s%n%x', '${7*7}', "'; drop table session; --", '\u001b[31m'),
  fc.constantFrom<Json>('𝔘𝔫𝔦', '\ud800', 'e\u0301\u0301', '\u202eevil', '\ufeff', '名前', '٣', 'İ', 'ß'.repeat(50), '💥'.repeat(20)),
  fc.constantFrom<Json>('P99999999999999Y', 'PT-1H', '-P1D', 'PT1e9S', 'P', 'R5/PT1H', '2030-13-45T99:99:99Z/PT1H', '9999-12-31T23:59:59Z/P1Y', '-271821-04-20T00:00:00Z/PT1H', '2030-06-03T10:00:00Z/..', 'NaN', 'Infinity', '1e999', '0x10'),
  fc.constantFrom<Json>('x'.repeat(70_000), nested(150, (inner) => [inner]), nested(150, (inner) => ({ a: inner })), Array.from({ length: 2_000 }, () => 1), Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]))),
  fc.constantFrom<Json>({ min: 5, max: 1 }, { min: -1 }, { min: '3' }, { min: null, max: null }, { max: 2 ** 60 }, { kind: '__proto__' }, { kind: 'constructor' }),
  fc.jsonValue() as fc.Arbitrary<Json>, fc.string({ unit: 'binary', maxLength: 40 }), fc.double(),
);
const strangeKeys = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'kind', 'meta', 'name', 'uuid', '', ' ', 'a.b', '$ref', '\u0000', 'k'.repeat(5_000));

interface Mutation { readonly at: number; readonly how: 'replace' | 'delete' | 'repeat' | 'rename' | 'add'; readonly value: Json; readonly key: string }
const mutation: fc.Arbitrary<Mutation> = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'replace', 'delete', 'repeat', 'rename', 'add'), value: strange, key: strangeKeys });

/** The document after none to three mutations, each at a random place. */
export function mutated(documents: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(documents, fc.array(mutation, { maxLength: 3 })).map(([document, mutations]) => mutations.reduce((value, one) => mutate(value, one), document as Json));
}

function mutate(document: Json, one: Mutation): Json {
  let place = one.at % Math.min(200, countPlaces(document));
  const walk = (value: Json): Json => {
    if (place === 0) {
      place -= 1;
      return changed(value, one);
    }
    place -= 1;
    if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
    return isObject(value) ? objectOf(Object.entries(value).map(([name, inner]) => [name, walk(inner)])) : value;
  };
  return walk(document);
}

function changed(value: Json, { how, value: other, key }: Mutation): Json {
  if (how === 'repeat' && Array.isArray(value)) return Array.from({ length: 60 }, () => value as readonly Json[]).flat();
  if (!isObject(value)) return other;
  const entries = Object.entries(value);
  if (how === 'delete') return objectOf(entries.slice(1));
  if (how === 'add') return objectOf([...entries, [key, other]]);
  if (how === 'rename') return objectOf(entries.map(([name, inner], index) => [index === 0 ? key : name, inner]));
  return other;
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `__proto__` becomes a key of its own, as JSON.parse makes it. */
function objectOf(entries: readonly (readonly [string, Json])[]): Json {
  const made: Record<string, Json> = {};
  for (const [name, value] of entries) Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

function countPlaces(value: Json): number {
  if (Array.isArray(value)) return 1 + (value as readonly Json[]).reduce<number>((sum, one) => sum + countPlaces(one), 0);
  return isObject(value) ? 1 + Object.values(value).reduce<number>((sum, one) => sum + countPlaces(one), 0) : 1;
}

/** Damage to the text itself. */
export const textDamage: fc.Arbitrary<(text: string) => string> = fc.oneof(
  { weight: 12, arbitrary: fc.constant((text: string) => text) },
  { weight: 1, arbitrary: fc.nat(100).map((part) => (text: string) => text.slice(0, Math.floor((text.length * part) / 100))) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(100), fc.string({ unit: 'binary', maxLength: 8 })).map(([part, more]) => (text: string) => {
    const at = Math.floor((text.length * part) / 100);
    return text.slice(0, at) + more + text.slice(at);
  }) },
  { weight: 1, arbitrary: fc.constantFrom('&a [*a, *a]', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '\0', '---\n---\n', '!!js/function "x"', '? {}\n', '<<: *x', '{"a":1,"a":2}', '[[[[').map((text) => () => text) },
);
