/**
 * Drift between our document and the published v1.0, of which the machine knows only the shape. The shape lies outside the
 * repository; where it is absent these tests are skipped, and say so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentText, loadDocument, schemaPrefix } from './index.js';
import type { WireContent, WireSchema } from './index.js';

interface Shape {
  readonly ref?: string; readonly type?: string; readonly format?: string; readonly pattern?: string; readonly enum?: readonly string[];
  readonly required?: readonly string[]; readonly properties?: Readonly<Record<string, Shape>>; readonly items?: Shape;
  readonly allOf?: readonly Shape[]; readonly additionalProperties?: Shape | boolean; readonly default?: unknown;
  readonly discriminator?: { readonly propertyName: string; readonly mapping: Readonly<Record<string, string>> };
}
interface ShapeContent { readonly [mediaType: string]: Shape }
interface ShapeFile {
  readonly operations: readonly {
    readonly method: string; readonly path: string; readonly operationId: string; readonly request?: ShapeContent;
    readonly responses: Readonly<Record<string, { readonly headers: readonly string[]; readonly content: ShapeContent }>>;
  }[];
  readonly schemas: Readonly<Record<string, Shape>>;
}

const place = new URL('../../shared/wire/v1.0-shape.json', import.meta.url);
const present = existsSync(place);
if (!present) process.stderr.write('notice: the v1.0 shape file is absent; drift from the published document is not checked\n');

const ours = loadDocument();
const shape: ShapeFile = present ? (JSON.parse(readFileSync(place, 'utf8')) as ShapeFile) : { operations: [], schemas: {} };

/** What differs between a published schema and ours; additions of ours are no difference. */
function differences(theirs: Shape, own: WireSchema | undefined, path: string): string[] {
  if (own === undefined) return [`${path} is missing`];
  if (theirs.ref !== undefined) return differsInReference(theirs.ref, own) ? [`${path} does not refer to ${theirs.ref}`] : [];
  return [...ownDifferences(theirs, own, path), ...innerDifferences(theirs, own, path)];
}

function ownDifferences(theirs: Shape, own: WireSchema, path: string): string[] {
  return [
    ...(['type', 'format'] as const).filter((key) => theirs[key] !== undefined && theirs[key] !== own[key]).map((key) => `${path}.${key}`),
    ...(theirs.default === undefined || String(theirs.default) === String(own.default) ? [] : [`${path}.default`]),
    ...(theirs.pattern === undefined || own.pattern !== undefined ? [] : [`${path}.pattern`]),
    ...sameSet(theirs.enum, own.enum, `${path}.enum`),
    ...sameSet(theirs.required, own.required, `${path}.required`),
    ...mappingDifferences(theirs, own, path),
  ];
}

function innerDifferences(theirs: Shape, own: WireSchema, path: string): string[] {
  return [
    ...Object.entries(theirs.properties ?? {}).flatMap(([name, each]) => differences(each, own.properties?.[name], `${path}.${name}`)),
    ...(theirs.items ? differences(theirs.items, own.items, `${path}[]`) : []),
    ...(typeof theirs.additionalProperties === 'object' ? differences(theirs.additionalProperties, own.additionalProperties as WireSchema, `${path}{}`) : []),
    ...(theirs.allOf ?? []).flatMap((each, index) => differences(each, own.allOf?.[index], `${path}&${index}`)),
  ];
}

function differsInReference(name: string, own: WireSchema): boolean {
  const meant = schemaPrefix + name;
  return own.$ref !== meant && !(own.anyOf ?? []).some((each) => each.$ref === meant);
}

function sameSet(theirs: readonly string[] | undefined, own: readonly string[] | undefined, path: string): string[] {
  return JSON.stringify([...(theirs ?? [])].sort()) === JSON.stringify([...(own ?? [])].sort()) ? [] : [path];
}

function mappingDifferences(theirs: Shape, own: WireSchema, path: string): string[] {
  if (!theirs.discriminator) return [];
  if (own.discriminator?.propertyName !== theirs.discriminator.propertyName) return [`${path}.discriminator`];
  const mapping = own.discriminator.mapping;
  return Object.entries(theirs.discriminator.mapping).filter(([kind, name]) => mapping[kind] !== schemaPrefix + name).map(([kind]) => `${path} ${kind}`);
}

function contentDifferences(theirs: ShapeContent, own: Readonly<Record<string, WireContent>>, path: string): string[] {
  return Object.entries(theirs).flatMap(([media, schema]) => differences(schema, own[media]?.schema, `${path} ${media}`));
}

describe.skipIf(!present)('our document against the published v1.0', () => {
  it('has every schema with the same properties, enums, required fields and discriminators', () => {
    const found = Object.entries(shape.schemas).flatMap(([name, theirs]) => differences(theirs, ours.components.schemas[name], name));
    expect(found).toEqual([]);
  });

  it('requires no property that v1.0 does not require', () => {
    const stricter = Object.keys(shape.schemas).filter((name) => (ours.components.schemas[name]?.required ?? []).some((each) => !(shape.schemas[name]?.required ?? []).includes(each)));
    expect(stricter).toEqual([]);
  });

  it.each(shape.operations.map((each) => [`${each.method} ${each.path}`, each] as const))('has %s with the same name, bodies and answers', (_name, theirs) => {
    const own = ours.paths[theirs.path]![theirs.method.toLowerCase()]!;
    expect(own.operationId).toBe(theirs.operationId);
    expect(contentDifferences(theirs.request ?? {}, own.requestBody?.content ?? {}, 'request')).toEqual([]);
    for (const [status, answer] of Object.entries(theirs.responses)) {
      const { headers = {}, content = {} } = own.responses[status]!;
      expect(Object.keys(headers)).toEqual(expect.arrayContaining([...answer.headers]));
      expect(contentDifferences(answer.content, content, status)).toEqual([]);
    }
  });

  it.each(['ISO8601Instant', 'ISO8601Interval', 'ISO8601Duration'])('has a pattern of %s that judges like the published one and compiles in JavaScript', (name) => {
    const theirs = new RegExp((shape.schemas[name]?.pattern ?? '').replace('(?>', '(?:'));
    const own = new RegExp(ours.components.schemas[name]?.pattern ?? '', 'u');
    const samples = [
      '2030-06-03T09:00:00Z', '2030-06-03T09:00:00.123Z', '2030-06-03T09:00:00+01:00', '2030-06-03T09:00:00', '2030-06-03', 'PT1H', '-PT1H', 'P1H', 'P1W', 'P1Y2M3DT4H5M6.7S',
      'P', 'PT', 'PT1.5H', '2030-06-03T09:00:00Z/PT2H', '2030-06-03T09:00:00Z/2030-06-03T12:00:00Z', '2030-06-03/PT2H', 'PT2H/2030-06-03T09:00:00Z', 'R3/2030-06-03T09:00:00Z/PT2H',
      '2030-06-03T24:00:00Z/PT1H', '2030-06-03T09:00:00+0100/PT1H', '2030-06-03T09:00Z/T12:00Z', '', 'now',
    ];
    for (const sample of samples) expect([sample, own.test(sample)]).toEqual([sample, theirs.test(sample)]);
  });
});

describe('our document', () => {
  it('says the same to those who read YAML 1.1, for whom a bare NO is false', () => {
    expect(parse(documentText(), { version: '1.1' })).toEqual(ours);
  });
});
