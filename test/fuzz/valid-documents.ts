/** Documents as the OpenAPI document allows them, with values that mean something often enough to get past the first check. */
import fc from 'fast-check';
import { kinds } from '#model';
import { loadDocument, schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';

const document = loadDocument();
const deepest = 6;

const texts = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('a', 'the data', 'https://example.org/file', 'docker://alpine', 'PT1H', 'P1DT2H', '2030-06-03T10:00:00Z/PT2H', '2030-06-03T10:00:00Z', 'gamma'));
const numbers = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** By name of a property: what makes a request that is understood. */
const meaningful: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  start: fc.constantFrom('2030-06-03T10:00:00Z/PT2H', '2030-06-04T00:00:00Z/2030-06-05T00:00:00Z', '2030-06-03T09:00:00Z/PT0S'),
  duration: fc.constantFrom<unknown>('PT5M', 'PT1H', 'P1D', { min: 'PT10M', max: 'PT2H' }),
  cores: fc.record({ min: fc.integer({ min: 1, max: 4 }) }), memory: fc.record({ min: fc.integer({ min: 1, max: 4 }) }),
  kind: fc.constantFrom(...Object.values(kinds)), phase: fc.constantFrom('ACCEPTED', 'REJECTED', 'CANCELLED', 'OFFERED'),
};

/** A value of the named schema. */
export function validDocument(name: string): fc.Arbitrary<unknown> {
  return named(name, 0);
}

function named(name: string, depth: number): fc.Arbitrary<unknown> {
  const schema = document.components.schemas[name];
  if (!schema || depth > deepest) return fc.constant({});
  const kindsOfIt = Object.entries(schema.discriminator?.mapping ?? {}).filter(([, target]) => target !== schemaPrefix + name);
  if (kindsOfIt.length === 0) return written(schema, depth);
  return fc.oneof(...kindsOfIt.map(([kind, target]) => named(target.slice(schemaPrefix.length), depth + 1).map((value) => ({ ...(value as object), kind }))));
}

function written(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return named(schema.$ref.slice(schemaPrefix.length), depth + 1);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => written(one, depth)));
  if (schema.allOf) return merged(schema, depth);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  return plain(schema, depth);
}

/** Parts that go back to their abstract schema are written without its choice of kinds. */
function merged(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  const parts = (schema.allOf ?? []).map((part) => {
    const target = part.$ref === undefined ? part : document.components.schemas[part.$ref.slice(schemaPrefix.length)];
    return target?.allOf ? merged(target, depth + 1) : properties(target ?? {}, depth + 1);
  });
  return fc.tuple(...parts, properties(schema, depth)).map((values) => Object.assign({}, ...values) as unknown);
}

function plain(schema: WireSchema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string': return texts;
    case 'integer': return fc.integer({ min: -2, max: 40 });
    case 'number': return numbers;
    case 'boolean': return fc.boolean();
    case 'array': return depth > deepest ? fc.constant([]) : fc.array(written(schema.items ?? {}, depth + 1), { maxLength: 3 });
    default: return properties(schema, depth);
  }
}

function properties(schema: WireSchema, depth: number): fc.Arbitrary<object> {
  if (depth > deepest) return fc.constant({});
  const entries = Object.entries(schema.properties ?? {}).map(([name, of]) => [name, name in meaningful ? fc.oneof({ weight: 3, arbitrary: meaningful[name] ?? texts }, { weight: 1, arbitrary: written(of, depth + 1) }) : written(of, depth + 1)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: (schema.required ?? []).filter((name) => entries.some(([one]) => one === name)) });
}
