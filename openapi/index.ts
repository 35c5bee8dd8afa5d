/** Our OpenAPI document, and the types that are generated from it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { components } from './types.js';

export type { components, operations, paths } from './types.js';
export { writeYaml } from './write-yaml.js';

/** Types of the wire by the names of their schemas: `Schemas['OfferSetResponse']`. */
export type Schemas = components['schemas'];

/** A JSON schema as the document writes it: the part of draft 2020-12 that we use. */
export interface WireSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, WireSchema>>;
  readonly additionalProperties?: WireSchema | boolean;
  readonly items?: WireSchema;
  readonly allOf?: readonly WireSchema[];
  readonly anyOf?: readonly WireSchema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly discriminator?: { readonly propertyName: string; readonly mapping: Readonly<Record<string, string>> };
  readonly xml?: WireXml;
}

/** How a value is written in XML. Of a list, `name` stands with its items; that of an object is said where it is the root. */
interface WireXml { readonly name?: string; readonly namespace?: string; readonly attribute?: boolean; readonly wrapped?: boolean }

export interface WireContent { readonly schema: WireSchema }

export interface WireOperation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, WireContent>> };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly headers?: Readonly<Record<string, unknown>>; readonly content?: Readonly<Record<string, WireContent>> }>>;
}

export interface WireDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, WireOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, WireSchema>> };
}

/** Prefix of references between schemas. */
export const schemaPrefix = '#/components/schemas/';

/** The document as it is written, in YAML. Reads the file. */
export function documentText(): string {
  return readFileSync(new URL('execution-broker.yaml', import.meta.url), 'utf8');
}

let loaded: WireDocument | undefined;

/** The document. Parsed once: it is long, and several parts of a node start from it. */
export function loadDocument(): WireDocument {
  return loaded ??= parse(documentText()) as WireDocument;
}
