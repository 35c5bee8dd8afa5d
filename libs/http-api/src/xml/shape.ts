/** What an element holds, told by the schema of our OpenAPI document. XML has no types of its own, so both directions ask this. */
import { canonicalKind, ownKindPrefix } from '#model';
import { loadDocument, schemaPrefix } from '#openapi';
import type { WireDocument, WireSchema } from '#openapi';

export type Shape =
  | { readonly type: 'string' | 'number' | 'boolean' | 'any' }
  | ListShape
  | ObjectShape;

export interface ListShape {
  readonly type: 'list';
  readonly each: WireSchema | undefined;
  /** Name of the element of an entry; that of the member if left out. */
  readonly item: string | undefined;
  /** True: one element of the member's name holds the entries. */
  readonly isWrapped: boolean;
}

export interface ObjectShape {
  readonly type: 'object';
  readonly members: ReadonlyMap<string, WireSchema>;
  /** Members that are attributes. */
  readonly attributes: ReadonlySet<string>;
  readonly others: WireSchema | undefined;
}

const scalars: Readonly<Record<string, Shape>> = {
  string: { type: 'string' }, integer: { type: 'number' }, number: { type: 'number' }, boolean: { type: 'boolean' },
};
const anything: Shape = { type: 'any' };

export class Shapes {
  private readonly known = new Map<string, Shape>();

  constructor(private readonly document: WireDocument) {}

  /** `kind` of the value, where it has one, chooses among the schemas of its family. No schema: anything. */
  of(schema: WireSchema | undefined, kind: unknown): Shape {
    if (schema === undefined || schema.anyOf) return anything;
    if (schema.$ref !== undefined) return this.named(this.chosen(schema.$ref.slice(schemaPrefix.length), kind));
    if (schema.type === 'array') return { type: 'list', each: schema.items, item: schema.items?.xml?.name, isWrapped: schema.xml?.wrapped === true };
    return scalars[schema.type ?? ''] ?? this.objectOf(schema);
  }

  /** Name of the schema that describes a value of this kind: its own, else the only one that v1.0 has of its family, else that of the family. */
  chosen(name: string, kind: unknown): string {
    const mapping = this.document.components.schemas[name]?.discriminator?.mapping ?? {};
    const key = typeof kind === 'string' ? canonicalKind(kind) : '';
    const standard = Object.entries(mapping).filter(([each]) => !each.startsWith(ownKindPrefix));
    const target = Object.hasOwn(mapping, key) ? mapping[key] : standard.length === 1 ? standard[0]?.[1] : undefined;
    return target?.slice(schemaPrefix.length) ?? name;
  }

  /** How the root of a document of that schema is called, and its namespace. */
  rootOf(name: string): { readonly name: string; readonly namespace?: string } {
    const { name: called = name, namespace } = this.document.components.schemas[name]?.xml ?? {};
    return { name: called, ...(namespace === undefined ? {} : { namespace }) };
  }

  private named(name: string): Shape {
    const known = this.known.get(name);
    if (known) return known;
    const schema = this.document.components.schemas[name];
    const shape = schema?.allOf ? this.objectOf(schema) : this.of(schema, undefined);
    this.known.set(name, shape);
    return shape;
  }

  private objectOf(schema: WireSchema): Shape {
    const members = new Map<string, WireSchema>();
    this.gather(schema, members);
    const attributes = new Set([...members].filter(([, member]) => member.xml?.attribute === true).map(([name]) => name));
    const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return { type: 'object', members, attributes, others };
  }

  private gather(schema: WireSchema, members: Map<string, WireSchema>): void {
    for (const part of schema.allOf ?? []) {
      const inner = part.$ref === undefined ? part : this.document.components.schemas[part.$ref.slice(schemaPrefix.length)];
      if (inner) this.gather(inner, members);
    }
    for (const [name, each] of Object.entries(schema.properties ?? {})) members.set(name, each);
  }
}

/** Shapes of our own document; one for the process, as the document never changes. */
export const wireShapes = new Shapes(loadDocument());
