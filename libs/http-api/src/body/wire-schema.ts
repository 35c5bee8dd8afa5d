/**
 * JSON schemas that ajv compiles, made from our OpenAPI document. OpenAPI's discriminator becomes if/then: a known kind gets
 * the schema of its kind, an unknown one only the shape that all kinds share.
 */
import { ownKindPrefix } from '#model';
import { schemaPrefix } from '#openapi';
import type { WireDocument, WireSchema } from '#openapi';

/** `types`: only JSON types, for requests, whose values are judged behind the port. `full`: everything the document says. */
export type Strictness = 'types' | 'full';

type JsonSchema = Readonly<Record<string, unknown>>;

/** One schema with a definition for each of the document's; refer to them as `#/$defs/Name`. */
export function jsonSchemaOf(document: WireDocument, strictness: Strictness): JsonSchema {
  const writer = new SchemaWriter(document, strictness);
  return { $id: `wire-${strictness}`, $defs: Object.fromEntries(Object.keys(document.components.schemas).map((name) => [name, writer.definition(name)])) };
}

class SchemaWriter {
  constructor(private readonly document: WireDocument, private readonly strictness: Strictness) {}

  definition(name: string): JsonSchema {
    const schema = this.named(name);
    const written = this.write(schema);
    return schema.discriminator ? { allOf: [written, ...this.choices(name, schema)] } : written;
  }

  private named(name: string): WireSchema {
    const schema = this.document.components.schemas[name];
    if (!schema) throw new Error(`the OpenAPI document has no schema '${name}'`);
    return schema;
  }

  private write(schema: WireSchema): JsonSchema {
    if (schema.$ref !== undefined) return { $ref: `#/$defs/${schema.$ref.slice(schemaPrefix.length)}` };
    if (schema.anyOf) return this.either(schema.anyOf);
    return {
      ...this.typeOf(schema),
      ...(this.strictness === 'full' ? constraintsOf(schema) : {}),
      ...(schema.properties && { properties: mapValues(schema.properties, (each) => this.write(each)) }),
      ...(schema.items && { items: this.write(schema.items) }),
      ...(typeof schema.additionalProperties === 'object' && { additionalProperties: this.write(schema.additionalProperties) }),
      ...(schema.allOf && { allOf: schema.allOf.map((each) => this.write(each)) }),
    };
  }

  private typeOf(schema: WireSchema): JsonSchema {
    if (schema.type === undefined) return {};
    // By types alone an int64 is an integer, however big: that it is too big is a NO with its path.
    return schema.type === 'integer' && this.strictness === 'full' ? { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } : { type: schema.type };
  }

  /** By types alone, alternatives are merged, so that a fault is told once and at the right place. */
  private either(alternatives: readonly WireSchema[]): JsonSchema {
    if (this.strictness === 'full') return { anyOf: alternatives.map((each) => this.write(each)) };
    const each = alternatives.map((one) => this.write(one.$ref === undefined ? one : this.named(one.$ref.slice(schemaPrefix.length))));
    return Object.assign({}, ...each, { type: [...new Set(each.map((one) => one['type']))] }) as JsonSchema;
  }

  private choices(name: string, schema: WireSchema): readonly JsonSchema[] {
    const mapping = Object.entries(schema.discriminator?.mapping ?? {}).filter(([, target]) => target !== schemaPrefix + name);
    const standard = mapping.filter(([kind]) => !kind.startsWith(ownKindPrefix));
    return mapping.map(([kind, target]) => ({
      // A family with one kind of v1.0 is checked as that kind also where the kind is left out.
      if: { properties: { kind: { const: kind } }, ...(standard.length === 1 && standard[0]?.[0] === kind ? {} : { required: ['kind'] }) },
      then: this.beyond(target.slice(schemaPrefix.length), name),
    }));
  }

  /** What a schema says beyond its abstract one; the reference back is left out, for it would go round in circles. */
  private beyond(name: string, abstract: string): JsonSchema {
    const schema = this.named(name);
    const parts = (schema.allOf ?? []).filter((part) => part.$ref !== schemaPrefix + abstract).map((part) => {
      const inner = part.$ref?.slice(schemaPrefix.length);
      return inner !== undefined && this.descends(inner, abstract) ? this.beyond(inner, abstract) : this.write(part);
    });
    return { ...(this.strictness === 'full' && constraintsOf(schema)), allOf: parts.length > 0 ? parts : [true] };
  }

  private descends(name: string, abstract: string): boolean {
    return (this.named(name).allOf ?? []).some((part) => part.$ref === schemaPrefix + abstract);
  }
}

function constraintsOf(schema: WireSchema): JsonSchema {
  const { pattern, format, required, minLength, maxLength } = schema;
  return {
    ...(pattern !== undefined && { pattern }), ...(format !== undefined && { format }), ...(schema.enum && { enum: schema.enum }),
    ...(required && { required }), ...(minLength !== undefined && { minLength }), ...(maxLength !== undefined && { maxLength }),
  };
}

function mapValues<A, B>(from: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]));
}
