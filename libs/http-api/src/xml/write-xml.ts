/** Documents as XML; docs/wire.md tells the mapping. */
import { schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';
import { wireShapes } from './shape.js';
import type { Shape } from './shape.js';

type Members = Readonly<Record<string, unknown>>;

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** Namespace that RFC 9457 gives to problem documents. */
const problemRoot = 'problem xmlns="urn:ietf:rfc:7807"';

/** `schema` names the schema of the document. The root is called by it, or by the schema of the document's kind. */
export function writeXml(document: unknown, schema: string): string {
  const name = wireShapes.chosen(schema, kindOf(document));
  const root = schema === 'Problem' ? problemRoot : name;
  return prolog + element(root, document, { $ref: schemaPrefix + schema });
}

/** `opening`: the name, with attributes. What a reader can't know from the schema is said by an attribute `type`. */
function element(opening: string, value: unknown, schema: WireSchema | undefined): string {
  const shape = wireShapes.of(schema, kindOf(value));
  const type = typeOf(value);
  const told = shape.type === type || (shape.type === 'any' && type === 'string') ? '' : ` type="${type}"`;
  return `<${opening}${told}>${content(value, shape)}</${opening.split(' ', 1)[0] ?? ''}>`;
}

function content(value: unknown, shape: Shape): string {
  if (Array.isArray(value)) {
    const each = shape.type === 'list' ? shape.each : undefined;
    return (value as readonly unknown[]).map((item) => element('i', item, each)).join('');
  }
  if (typeof value === 'object' && value !== null) return membersOf(value as Members, shape);
  return escaped(String(value));
}

function membersOf(value: Members, shape: Shape): string {
  const known = shape.type === 'object' ? shape.members : undefined;
  const others = shape.type === 'object' ? shape.others : undefined;
  return Object.entries(value).filter(([, each]) => each !== undefined && each !== null).map(([name, each]) => {
    const schema = known?.get(name);
    return schema ? element(name, each, schema) : element(`entry name="${escaped(name)}"`, each, others);
  }).join('');
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
