/** XML text → elements, within limits. Nothing is ever expanded or fetched: document types are refused, entities are the five of XML. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { deepest, refused, refusedNames, tooDeep } from '../body/tidy.js';
import { malformed } from '../fault.js';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

type RawNode = Readonly<Record<string, unknown>>;

/** Most elements of a body. */
const mostElements = 20_000;
const attributesKey = ':@';
const reader = new XMLParser({
  preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false, trimValues: false, processEntities: false,
  cdataPropName: '#cdata', removeNSPrefix: true, ignoreDeclaration: true, ignorePiTags: true, commentPropName: '#comment',
});

/** The root of a document; throws 'malformed'. */
export function parseXml(text: string): XmlElement {
  const normal = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  refuseCostlyText(normal);
  const wellFormed = XMLValidator.validate(normal);
  if (wellFormed !== true) throw notXml(`line ${wellFormed.err.line}: ${wellFormed.err.msg}`);
  const roots = (read(normal) as readonly RawNode[]).map((node) => elementOf(node, 1)).filter((each) => each !== undefined);
  const [root, ...more] = roots;
  if (!root || more.length > 0) throw notXml('it has not exactly one root element');
  return root;
}

/** Judged by looking at the text, before a parser works on it. What never ends is taken to the end: looking for it again and again would take minutes. */
function refuseCostlyText(text: string): void {
  refuseOtherEncodings(text);
  let open = 0;
  let elements = 0;
  for (const [mark] of text.matchAll(/<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)|<![A-Za-z]|<\/|<[^!?/]|\/>/g)) {
    if (/^<![A-Za-z]/.test(mark)) throw malformed([{ path: '', fault: 'the XML has a document type declaration', fix: 'leave out <!DOCTYPE …> and every entity of your own' }]);
    if (mark === '</' || mark === '/>') open -= 1;
    else if (!/^<[!?]/.test(mark)) {
      open += 1;
      elements += 1;
    }
    if (open > deepest) throw tooDeep();
    if (elements > mostElements) throw malformed([{ path: '', fault: `the XML has more than ${mostElements} elements`, fix: 'send it as JSON (Content-Type: application/json)' }]);
  }
}

function refuseOtherEncodings(text: string): void {
  const encoding = /^<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) throw notXml(`it says its encoding is ${encoding.slice(0, 40)}; only UTF-8 is read`);
}

function read(text: string): unknown {
  try {
    return reader.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw notXml(error.message);
  }
}

function elementOf(node: RawNode, depth: number): XmlElement | undefined {
  if (depth > deepest) throw tooDeep();
  const name = Object.keys(node).find((key) => key !== attributesKey) ?? '';
  if (name.startsWith('#') || name.startsWith('?')) return undefined;
  if (refusedNames.has(name)) throw refused(name);
  const inside = node[name] as readonly RawNode[];
  const attributes = Object.entries((node[attributesKey] ?? {}) as Readonly<Record<string, string>>);
  return {
    name, text: inside.map(textOf).join(''),
    attributes: new Map(attributes.map(([key, value]) => [key, decoded(value.replace(/[\t\n]/g, ' '))])),
    children: inside.map((child) => elementOf(child, depth + 1)).filter((each) => each !== undefined),
  };
}

function textOf(node: RawNode): string {
  const plain = node['#text'];
  if (plain !== undefined) return decoded(String(plain));
  const raw = node['#cdata'] as readonly RawNode[] | undefined;
  return raw === undefined ? '' : raw.map((each) => String(each['#text'] ?? '')).join('');
}

const named: ReadonlyMap<string, string> = new Map([['lt', '<'], ['gt', '>'], ['amp', '&'], ['quot', '"'], ['apos', "'"]]);

function decoded(text: string): string {
  return text.replace(/&([^;&<]{0,12});?/g, (written, name: string) => {
    const value = written.endsWith(';') ? (named.get(name) ?? character(name)) : undefined;
    if (value === undefined) throw malformed([{ path: '', fault: `the XML refers to '${written.slice(0, 40)}', which stands for nothing`, fix: 'write &lt; &gt; &amp; &quot; &apos; or &#number;' }]);
    return value;
  });
}

/** What XML 1.0 calls characters. */
const characters = [[9, 10], [13, 13], [0x20, 0xd7ff], [0xe000, 0xfffd], [0x10000, 0x10ffff]] as const;

function character(name: string): string | undefined {
  const digits = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  if (!digits) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return characters.some(([first, last]) => code >= first && code <= last) ? String.fromCodePoint(code) : undefined;
}

function notXml(message: string): Error {
  return malformed([{ path: '', fault: `the body is not XML: ${message.slice(0, 200)}`, fix: 'correct it there, or declare another Content-Type' }]);
}
