/** Documents as XML, as the `xml` objects of our OpenAPI document say; docs/wire.md tells the mapping. */
import { schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';
import { wireShapes } from './shape.js';
import type { ListShape, Shape } from './shape.js';

type Members = Readonly<Record<string, unknown>>;

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** `schema` names the schema of the document. The root is called as it says, or as the schema of the document's kind says. */
export function writeXml(document: unknown, schema: string): string {
  const { name, namespace } = wireShapes.rootOf(wireShapes.chosen(schema, kindOf(document)));
  const root = namespace === undefined ? name : `${name} xmlns="${namespace}"`;
  return prolog + element(root, document, { $ref: schemaPrefix + schema });
}

/** `opening`: the name, with attributes. What a reader can't know from the schema is said by an attribute `type`. */
function element(opening: string, value: unknown, schema: WireSchema | undefined): string {
  const shape = wireShapes.of(schema, kindOf(value));
  const type = typeOf(value);
  const told = shape.type === type || (shape.type === 'any' && type === 'string') ? '' : ` type="${type}"`;
  return `<${opening}${told}${attributesOf(value, shape)}>${content(value, shape)}</${opening.split(' ', 1)[0] ?? ''}>`;
}

function attributesOf(value: unknown, shape: Shape): string {
  if (shape.type !== 'object' || typeof value !== 'object' || value === null) return '';
  return presentMembers(value as Members).filter(([name]) => shape.attributes.has(name)).map(([name, each]) => ` ${name}="${escaped(String(each))}"`).join('');
}

function content(value: unknown, shape: Shape): string {
  if (Array.isArray(value)) return entriesOf(value, shape.type === 'list' ? shape : undefined, 'i');
  if (typeof value === 'object' && value !== null) return membersOf(value as Members, shape);
  return escaped(String(value));
}

function entriesOf(value: readonly unknown[], shape: ListShape | undefined, otherwise: string): string {
  return value.map((each) => element(shape?.item ?? otherwise, each, shape?.each)).join('');
}

function membersOf(value: Members, shape: Shape): string {
  if (shape.type !== 'object') return presentMembers(value).map(([name, each]) => element(entryOf(name), each, undefined)).join('');
  return presentMembers(value).filter(([name]) => !shape.attributes.has(name)).map(([name, each]) => {
    const schema = shape.members.get(name);
    if (schema) return memberOf(name, each, schema);
    const opening = shape.others && !Array.isArray(each) && isPlainName(name) ? name : entryOf(name);
    return element(opening, each, shape.others);
  }).join('');
}

function memberOf(name: string, value: unknown, schema: WireSchema): string {
  const shape = wireShapes.of(schema, undefined);
  return Array.isArray(value) && shape.type === 'list' && !shape.isWrapped ? entriesOf(value, shape, name) : element(name, value, schema);
}

function presentMembers(value: Members): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
}

function entryOf(name: string): string {
  return `entry name="${escaped(name)}"`;
}

/** Names that can be element names, and mean nothing else there. */
function isPlainName(name: string): boolean {
  return /^(?!xml|entry$|i$)[a-z_][\w.-]*$/i.test(name);
}

function typeOf(value: unknown): 'string' | 'number' | 'boolean' | 'list' | 'object' {
  if (Array.isArray(value)) return 'list';
  const type = typeof value;
  return type === 'number' || type === 'boolean' || type === 'object' ? type : 'string';
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Members)['kind'] : undefined;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
/** What XML 1.0 can't hold, not even escaped, is written as the replacement character. */
// eslint-disable-next-line no-control-regex -- these control characters are the point
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escaped(text: string): string {
  return text.replace(unwritable, '\ufffd').replace(/[&<>"\t\n\r]/g, (mark) => escapes[mark] ?? mark);
}
