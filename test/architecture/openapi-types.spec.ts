import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { kinds } from '#model';
import type { Connector, DockerContainer, Level, LifecyclePhase, Measure, SessionPhase } from '#model';
import { generateTypes } from '../../tools/generate.mjs';
import { loadDocument, schemaPrefix } from '#openapi';
import type { Schemas } from '#openapi';

describe('generated types', () => {
  it('are what the document says now', async () => {
    const written = readFileSync(new URL('../../openapi/types.ts', import.meta.url), 'utf8');
    expect(written, 'run npm run generate').toBe(await generateTypes());
  });

  it('agree with the words of the model', () => {
    expectTypeOf<Schemas['SimpleExecutionSessionPhase']>().toEqualTypeOf<SessionPhase>();
    expectTypeOf<Schemas['LifecyclePhase']>().toEqualTypeOf<LifecyclePhase>();
    expectTypeOf<NonNullable<Schemas['MessageItem']['level']>>().toEqualTypeOf<Level>();
    expectTypeOf<Connector>().toExtend<Schemas['SimpleSessionConnector']>();
    expectTypeOf<Measure>().toExtend<Schemas['SimpleMinMaxFloatCost']>();
    expectTypeOf<Pick<DockerContainer, 'image' | 'command' | 'environment' | 'network' | 'entrypoint' | 'privileged'>>()
      .toExtend<Omit<Schemas['DockerContainer'], keyof Schemas['AbstractExecutable']>>();
  });
});

describe('kinds of the document', () => {
  it('are the kinds of the model', () => {
    const mapped = Object.values(loadDocument().components.schemas).flatMap((schema) => Object.keys(schema.discriminator?.mapping ?? {}));
    const known = new Set(mapped);
    expect(Object.values(kinds).filter((kind) => kind !== kinds.offerSet && !known.has(kind))).toEqual([]);
  });

  it('lead to schemas that exist', () => {
    const schemas = loadDocument().components.schemas;
    for (const schema of Object.values(schemas)) {
      for (const target of Object.values(schema.discriminator?.mapping ?? {})) expect(schemas[target.slice(schemaPrefix.length)]).toBeDefined();
    }
  });
});
