import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { malformed, pathOf } from '../fault.js';
import type { ParsedBody } from './parsed-body.js';
import { deepest, refused, tidy, tooDeep } from './tidy.js';

/** Most uses of aliases in a body; what they stand for counts again at each use. */
const mostAliases = 100;
/** Most lines, list marks and punctuation in a body: what makes the parser work. JSON has no such limit. */
const mostMarks = 10_000;
const marksOfYaml = /[\n\r,:[\]{}!&*#|>"']|-\s/g;
const nesting: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };
/** Most values once aliases are spelled out. */
const mostNodes = 100_000;

/** Reads YAML 1.2 (core schema) without dates, custom tags or surprises; covers JSON. */
export function parseYaml(text: string): ParsedBody {
  refuseCostlyText(text);
  const document = parse(text);
  const fault = document.errors[0];
  if (fault) throw notYaml(`line ${lineAt(text, fault.pos[0])}: ${fault.message}`);
  const reader = new YamlReader(document);
  const value = reader.plain(document.contents, '', 1);
  tidy(value);
  return { value, written: reader.written };
}

/**
 * The parser recurses, and takes microseconds for each mark and more for each fault, so that depth and size must be judged
 * by looking at the text: flow brackets and runs of `- ` and `? ` nest.
 */
function refuseCostlyText(text: string): void {
  let open = 0;
  let marks = 0;
  for (const [mark] of text.matchAll(marksOfYaml)) {
    open = Math.max(0, open + (nesting[mark] ?? 0));
    if (open > 4 * deepest) throw tooDeep();
    if (++marks > mostMarks) break;
  }
  if (marks > mostMarks) throw malformed([{ path: '', fault: `the YAML has more than ${mostMarks} lines and punctuation marks`, fix: 'send it as JSON (Content-Type: application/json)' }]);
  if (/(?:[-?:][ \t]+){64}/.test(text) || /\n {512}/.test(text)) throw tooDeep();
}

function parse(text: string): Document.Parsed {
  try {
    return parseDocument(text, { version: '1.2', schema: 'core', prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function notYaml(message: string): Error {
  return malformed([{ path: '', fault: `the body is neither YAML nor JSON: ${(message.split('\n')[0] ?? '').slice(0, 200)}`, fix: 'correct it there' }]);
}

/** Turns nodes into plain values, counting what aliases multiply. */
class YamlReader {
  readonly written = new Map<string, string>();
  private aliases = 0;
  private nodes = 0;

  constructor(private readonly document: Document.Parsed) {}

  plain(node: Node | null | undefined, pointer: string, depth: number): unknown {
    if (depth > deepest) throw tooDeep();
    if (++this.nodes > mostNodes) throw malformed([{ path: '', fault: `the body has more than ${mostNodes} values`, fix: 'send a smaller document' }]);
    if (isAlias(node)) return this.plain(this.resolve(node), pointer, depth + 1);
    if (isMap(node)) return this.members(node.items as readonly Pair<Node, Node | null>[], pointer, depth);
    if (isSeq(node)) return (node.items as readonly Node[]).map((item, index) => this.plain(item, `${pointer}/${index}`, depth + 1));
    return isScalar(node) ? this.scalar(node.value, node.source, pointer) : null;
  }

  private resolve(alias: Extract<Node, { source: string }>): Node {
    if (++this.aliases > mostAliases) throw malformed([{ path: '', fault: `the body uses more than ${mostAliases} aliases`, fix: 'spell them out' }]);
    const target = isAlias(alias) ? alias.resolve(this.document) : undefined;
    if (!target) throw notYaml(`the alias '${String(alias.source)}' stands for nothing`);
    return target;
  }

  private members(pairs: readonly Pair<Node, Node | null>[], pointer: string, depth: number): Record<string, unknown> {
    const members: Record<string, unknown> = {};
    for (const pair of pairs) {
      const key = isAlias(pair.key) ? this.resolve(pair.key) : pair.key;
      if (!isScalar(key)) throw malformed([{ path: '', fault: 'a name is not a text', fix: 'write names as plain texts' }]);
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      if (name === '__proto__') throw refused(name);
      if (Object.hasOwn(members, name)) throw malformed([{ path: pathOf(pointer), fault: `the name '${name.slice(0, 80)}' stands there twice`, fix: 'write each name once' }]);
      members[name] = this.plain(pair.value, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    }
    return members;
  }

  private scalar(value: unknown, source: string | undefined, pointer: string): unknown {
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (source !== undefined) this.written.set(pointer, source);
      return value;
    }
    if (typeof value === 'string' || value === null) return value;
    throw malformed([{ path: pointer, fault: 'a value has a type that JSON does not know', fix: 'write it as a text, number, list or map' }]);
  }
}
