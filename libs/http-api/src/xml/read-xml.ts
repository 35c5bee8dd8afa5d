/** XML → plain values, as the `xml` objects of our OpenAPI document say, and more leniently; docs/wire.md tells the mapping. */
import { refused, refusedNames } from '../body/tidy.js';
import { malformed } from '../fault.js';
import { schemaPrefix } from '#openapi';
import type { WireSchema } from '#openapi';
import { parseXml } from './parse-xml.js';
import type { XmlElement } from './parse-xml.js';
import { wireShapes } from './shape.js';
import type { ListShape, Shape } from './shape.js';

/** Reads a body. What doesn't fit its schema is left as it is written, for the check of types to tell. Without a schema, types are guessed from the form. */
export function readXml(text: string, schema: string | undefined): unknown {
  return valueOf(parseXml(text), schema === undefined ? undefined : { $ref: schemaPrefix + schema }, '');
}

const types = ['string', 'number', 'boolean', 'list', 'object'] as const;
type Type = (typeof types)[number];

function valueOf(element: XmlElement, schema: WireSchema | undefined, path: string): unknown {
  const shape = wireShapes.of(schema, kindOf(element));
  const wanted = typeToRead(element, shape);
  const hasText = element.text.trim() !== '';
  if (element.children.length === 0 && (hasText || (wanted !== 'list' && wanted !== 'object'))) return scalarOf(element.text, wanted);
  if (hasText) throw malformed([{ path, fault: 'has text between its elements', fix: 'write either text or elements' }]);
  if (wanted === 'list') return itemsOf(element, shape.type === 'list' ? shape : undefined, path);
  return membersOf(element, shape, path);
}

function kindOf(element: XmlElement): string | undefined {
  return element.attributes.get('kind') ?? element.children.find((child) => child.name === 'kind')?.text;
}

/** What the element says of itself, else what the schema says, else what it looks like. */
function typeToRead(element: XmlElement, shape: Shape): Type {
  const told = types.find((type) => type === element.attributes.get('type'));
  if (told) return told;
  const isListed = element.children.length > 0 && element.children.every((child) => child.name === 'i');
  if (shape.type !== 'any' && !(isListed && shape.type !== 'object')) return shape.type;
  return isListed ? 'list' : element.children.length > 0 ? 'object' : 'string';
}

/** Entries within one element: called <i>, as the schema calls them, or like that element. */
function itemsOf(element: XmlElement, shape: ListShape | undefined, path: string): readonly unknown[] {
  const names = entryNames(element.name, shape);
  const stranger = element.children.find((child) => !names.has(child.name));
  if (stranger) throw malformed([{ path, fault: `is a list and can't hold <${stranger.name.slice(0, 80)}>`, fix: `put every entry of the list into an element <${shape?.item ?? 'i'}>` }]);
  return element.children.map((child, index) => valueOf(child, shape?.each, `${path}[${index}]`));
}

function entryNames(name: string, shape: ListShape | undefined): ReadonlySet<string> {
  return new Set(['i', name, ...(shape?.item === undefined ? [] : [shape.item])]);
}

function membersOf(element: XmlElement, shape: Shape, path: string): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  const set = (name: string, value: unknown): void => {
    if (refusedNames.has(name)) throw refused(name);
    if (Object.hasOwn(members, name)) throw malformed([{ path, fault: `the name '${name.slice(0, 80)}' stands there twice`, fix: 'write each name once; only the entries of a list may be repeated' }]);
    members[name] = value;
  };
  for (const name of shape.type === 'object' ? shape.attributes : []) {
    const value = element.attributes.get(name);
    if (value !== undefined) set(name, value);
  }
  for (const [name, children] of byMember(element, shape, path)) {
    const at = path === '' ? name : `${path}.${name}`;
    const schema = schemaOf(name, shape);
    const list = wireShapes.of(schema, undefined);
    if (list.type === 'list') set(name, entriesOf(children, name, { list, path: at }));
    else for (const child of children) set(name, valueOf(child, schema, at));
  }
  return members;
}

/** Child elements by the member they belong to: entries of a list may have a name of their own. `xsi:nil` is as good as left out. */
function byMember(element: XmlElement, shape: Shape, path: string): ReadonlyMap<string, readonly XmlElement[]> {
  const found = new Map<string, XmlElement[]>();
  for (const child of element.children.filter((each) => each.attributes.get('nil') !== 'true')) {
    const name = child.name === 'entry' ? child.attributes.get('name') : memberCalled(child.name, shape);
    if (name === undefined) throw malformed([{ path, fault: 'has an <entry> without a name', fix: 'write <entry name="…">' }]);
    const others = found.get(name);
    if (others) others.push(child);
    else found.set(name, [child]);
  }
  return found;
}

function memberCalled(element: string, shape: Shape): string {
  if (shape.type !== 'object' || shape.members.has(element)) return element;
  for (const [name, schema] of shape.members) {
    const list = wireShapes.of(schema, undefined);
    if (list.type === 'list' && list.item === element) return name;
  }
  return element;
}

/** Each element of a list is an entry, or holds the entries. */
function entriesOf(elements: readonly XmlElement[], name: string, { list, path }: { readonly list: ListShape; readonly path: string }): readonly unknown[] {
  return elements.flatMap((each, index) => isHolder(each, name, list) ? itemsOf(each, list, path) : [valueOf(each, list.each, `${path}[${index}]`)]);
}

function isHolder(element: XmlElement, name: string, list: ListShape): boolean {
  if (element.text.trim() !== '') return false;
  if (element.name === 'entry' || (list.isWrapped && element.name === name) || element.attributes.get('type') === 'list') return true;
  if (element.name !== name || element.attributes.size > 0) return false;
  const names = entryNames(name, list);
  return element.children.length > 0 ? element.children.every((each) => names.has(each.name)) : isOfKinds(list);
}

/** Entries that say their kind are never empty, so that an empty element is an empty list. */
function isOfKinds({ each }: ListShape): boolean {
  const shape = wireShapes.of(each, undefined);
  return shape.type === 'object' && shape.attributes.has('kind');
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
