/** XML → plain values, as a schema of our OpenAPI document tells; docs/wire.md tells the mapping. */
import { refused, refusedNames } from '../body/tidy.js';
import { malformed } from '../fault.js';
import { schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';
import { parseXml } from './parse-xml.js';
import type { XmlElement } from './parse-xml.js';
import { wireShapes } from './shape.js';
import type { Shape } from './shape.js';

/** Reads a body. What doesn't fit its schema is left as it is written, for the check of types to tell. Without a schema, types are guessed from the form. */
export function readXml(text: string, schema: string | undefined): unknown {
  return valueOf(parseXml(text), schema === undefined ? undefined : { $ref: schemaPrefix + schema }, '');
}

const types = ['string', 'number', 'boolean', 'list', 'object'] as const;
type Type = (typeof types)[number];

function valueOf(element: XmlElement, schema: WireSchema | undefined, path: string): unknown {
  const shape = wireShapes.of(schema, element.children.find((child) => child.name === 'kind')?.text);
  const wanted = typeToRead(element, shape);
  const hasText = element.text.trim() !== '';
  if (element.children.length === 0 && (hasText || (wanted !== 'list' && wanted !== 'object'))) return scalarOf(element.text, wanted);
  if (hasText) throw malformed([{ path, fault: 'has text between its elements', fix: 'write either text or elements' }]);
  if (wanted === 'list') return itemsOf(element, shape.type === 'list' ? shape.each : undefined, path);
  return membersOf(element, shape, path);
}

/** What the element says of itself, else what the schema says, else what it looks like. */
function typeToRead(element: XmlElement, shape: Shape): Type {
  const told = types.find((type) => type === element.attributes.get('type'));
  if (told) return told;
  const isListed = element.children.length > 0 && element.children.every((child) => child.name === 'i');
  if (shape.type !== 'any' && !(isListed && shape.type !== 'object')) return shape.type;
  return isListed ? 'list' : element.children.length > 0 ? 'object' : 'string';
}

function itemsOf(element: XmlElement, each: WireSchema | undefined, path: string): readonly unknown[] {
  const stranger = element.children.find((child) => child.name !== 'i');
  if (stranger) throw malformed([{ path, fault: `is a list and can't hold <${stranger.name.slice(0, 80)}>`, fix: 'put every entry of the list into an element <i>' }]);
  return element.children.map((child, index) => valueOf(child, each, `${path}[${index}]`));
}

function membersOf(element: XmlElement, shape: Shape, path: string): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const child of element.children) {
    const name = child.name === 'entry' ? child.attributes.get('name') : child.name;
    if (name === undefined) throw malformed([{ path, fault: 'has an <entry> without a name', fix: 'write <entry name="…">' }]);
    if (refusedNames.has(name)) throw refused(name);
    if (Object.hasOwn(members, name)) throw malformed([{ path, fault: `the name '${name.slice(0, 80)}' stands there twice`, fix: 'write each name once; entries of a list are elements <i> of one element' }]);
    members[name] = valueOf(child, schemaOf(name, shape), path === '' ? name : `${path}.${name}`);
  }
  return members;
}

function schemaOf(name: string, shape: Shape): WireSchema | undefined {
  return shape.type === 'object' ? (shape.members.get(name) ?? shape.others) : undefined;
}

function scalarOf(text: string, wanted: Type): unknown {
  const word = text.trim();
  if (wanted === 'number' && /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) return Number(word);
  if (wanted === 'boolean' && /^(?:true|false|1|0)$/.test(word)) return word === 'true' || word === '1';
  return text;
}
