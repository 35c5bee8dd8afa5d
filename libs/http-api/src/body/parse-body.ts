import { Buffer, isUtf8 } from 'node:buffer';
import { malformed } from '../fault.js';
import type { MediaType } from '../negotiation.js';
import type { ParsedBody } from './parsed-body.js';
import { parseYaml } from './parse-yaml.js';
import { readXml } from '../xml/read-xml.js';
import { tidy } from './tidy.js';

/** Some editors put it first; it says nothing. */
const byteOrderMark = '\ufeff';
const nothingWritten: ReadonlyMap<string, string> = new Map();

/** Parses a body within limits of depth, size and aliases; throws 'malformed' for whatever can't be read. `schema` tells the types of XML. */
export function parseBody(bytes: Uint8Array, type: MediaType, schema?: string): ParsedBody {
  const text = decode(bytes);
  if (isBlank(text)) throw emptyBody();
  if (type === 'application/yaml') return parseYaml(text);
  const value = type === 'application/xml' ? readXml(text, schema) : parseJson(text);
  tidy(value);
  return { value, written: nothingWritten };
}

export function emptyBody(): Error {
  return malformed([{ path: '', fault: 'the body is empty', fix: 'send a document in JSON, YAML or XML' }]);
}

/** Nearly every body begins with what is no space. */
function isBlank(text: string): boolean {
  return !(text.charCodeAt(0) > 0x20) && text.trim() === '';
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw malformed([{ path: '', fault: 'the body is not UTF-8', fix: 'encode it as UTF-8' }]);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw malformed([{ path: '', fault: `the body is not JSON: ${error.message.slice(0, 200)}`, fix: 'correct it there, or declare Content-Type: application/yaml' }]);
  }
}
