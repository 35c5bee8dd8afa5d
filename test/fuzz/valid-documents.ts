/** Documents as the OpenAPI document allows them, with values that mean something often enough to get past the first check. */
import fc from 'fast-check';
import { kinds } from '#model';
import { loadDocument, schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';

const document = loadDocument();
/** Levels of objects and lists. */
const deepest = 8;

const texts = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('a', 'the data', 'https://example.org/file', 'docker://alpine', 'PT1H', 'P1DT2H', '2030-06-03T10:00:00Z/PT2H', '2030-06-03T10:00:00Z', 'gamma'));
const numbers = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** By name of a property: what makes a request that is understood. */
const meaningful: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  start: fc.constantFrom('2030-06-03T10:00:00Z/PT2H', '2030-06-04T00:00:00Z/2030-06-05T00:00:00Z', '2030-06-03T09:00:00Z/PT0S'),
  duration: fc.constantFrom<unknown>('PT5M', 'PT1H', 'P1D', { min: 'PT10M', max: 'PT2H' }),
  cores: fc.record({ min: fc.integer({ min: 1, max: 4 }) }), memory: fc.record({ min: fc.integer({ min: 1, max: 4 }) }),
  kind: fc.constantFrom(...Object.values(kinds)), phase: fc.constantFrom('ACCEPTED', 'REJECTED', 'CANCELLED', 'OFFERED'),
};

/** What most people send: such documents are understood, and get offers often enough to leave something held. */
const sensible: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ExecutionRequest: fc.record({
    executable: fc.oneof(
      fc.record({ kind: fc.constant(kinds.scripted), script: fc.record({ run: fc.constantFrom('PT1M', 'PT2H', 'forever'), prepare: fc.constantFrom('PT0S', 'PT3M'), exitCode: fc.integer({ min: 0, max: 2 }), log: fc.array(fc.string()) }, { requiredKeys: [] }) }),
      fc.constant({ kind: kinds.dockerContainer, image: { locations: ['alpine'] } }), fc.constant({ kind: kinds.jupyterNotebook, location: 'https://example.org/a.ipynb' }),
    ),
    compute: fc.record({ kind: fc.constant(kinds.simpleCompute), cores: fc.record({ min: fc.integer({ min: 1, max: 8 }) }), memory: fc.record({ min: fc.integer({ min: 1, max: 8 }) }) }, { requiredKeys: ['kind'] }),
    schedule: fc.record({ requested: fc.record({ start: fc.constantFrom<unknown>('2030-06-03T08:00:00Z/P20D', ['2030-06-03T08:00:00Z/P9D', '2030-06-20T08:00:00Z/P9D']), duration: fc.constantFrom<unknown>('PT5M', 'PT1H', { min: 'PT10M', max: 'PT2H' }) }, { requiredKeys: [] }) }),
    storage: fc.array(fc.record({ kind: fc.constant(kinds.simpleStorage), meta: fc.record({ name: fc.string() }), size: fc.record({ min: fc.integer({ min: 0, max: 20 }) }) }), { maxLength: 2 }),
  }, { requiredKeys: ['executable'] }),
  AbstractUpdate: fc.oneof(
    fc.record({ kind: fc.constantFrom('uri:enum-value-update', 'uri:string-value-update'), path: fc.constant('phase'), value: fc.constantFrom('ACCEPTED', 'ACCEPTED', 'REJECTED', 'CANCELLED') }),
    fc.record({ kind: fc.constant('uri:integer-delta-update'), path: fc.constantFrom('expires', 'duration', 'compute.cores', 'compute.memory'), delta: fc.integer({ min: -600, max: 1800 }), units: fc.constantFrom('s', 'minutes', 'light-years') }, { requiredKeys: ['kind', 'path', 'delta'] }),
  ),
};

/** A value of the named schema. */
export function validDocument(name: string): fc.Arbitrary<unknown> {
  const usual = sensible[name];
  return usual ? fc.oneof(usual, named(name, 0)) : named(name, 0);
}

function named(name: string, depth: number): fc.Arbitrary<unknown> {
  const schema = document.components.schemas[name];
  if (!schema) return fc.constant({});
  const kindsOfIt = Object.entries(schema.discriminator?.mapping ?? {}).filter(([, target]) => target !== schemaPrefix + name);
  if (kindsOfIt.length === 0) return written(schema, depth);
  return fc.oneof(...kindsOfIt.map(([kind, target]) => written(document.components.schemas[target.slice(schemaPrefix.length)] ?? {}, depth).map((value) => ({ ...(value as object), kind }))));
}

function written(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return named(schema.$ref.slice(schemaPrefix.length), depth);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => written(one, depth)));
  if (schema.allOf) return merged(schema, depth);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  return plain(schema, depth);
}

/** Parts that go back to their abstract schema are written without its choice of kinds. */
function merged(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  const parts = (schema.allOf ?? []).map((part) => {
    const target = part.$ref === undefined ? part : document.components.schemas[part.$ref.slice(schemaPrefix.length)];
    return target?.allOf ? merged(target, depth) : properties(target ?? {}, depth);
  });
  return fc.tuple(...parts, properties(schema, depth)).map((values) => Object.assign({}, ...values) as unknown);
}

function plain(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string': return texts;
    case 'integer': return fc.integer({ min: -2, max: 40 });
    case 'number': return numbers;
    case 'boolean': return fc.boolean();
    case 'array': return depth >= deepest ? fc.constant([]) : fc.array(written(schema.items ?? {}, depth + 1), { maxLength: 3 });
    default: return properties(schema, depth);
  }
}

function properties(schema: WireSchema, depth: number): fc.Arbitrary<object> {
  const required = new Set(schema.required);
  const given = Object.entries(schema.properties ?? {}).filter(([name]) => depth < deepest || required.has(name));
  const entries = given.map(([name, of]) => [name, name in meaningful ? fc.oneof({ weight: 3, arbitrary: meaningful[name] ?? texts }, { weight: 1, arbitrary: written(of, depth + 1) }) : written(of, depth + 1)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: entries.map(([name]) => name).filter((name) => required.has(name)) });
}
