/** Reading a configuration file: YAML with positions, a JSON schema, faults that name line, fault and fix, secrets from elsewhere. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Document } from 'yaml';
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { explain } from './explain.js';
import type { Path } from './path.js';
import { parsePath, parsePointer, pathText, valueAt } from './path.js';
import type { JsonSchema } from './json-schema.js';
import { validate } from './schema.js';
import type { Environment } from './secrets.js';
import { findSecret } from './secrets.js';

/** Where the configuration is wrong (line and column count from 1), what is wrong there, and how to mend it. */
export interface ConfigurationFault { readonly file: string; readonly line: number; readonly column: number; readonly path: string; readonly fault: string; readonly fix: string }

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly ConfigurationFault[] };

export interface CheckOptions {
  /** Path of the section that is checked; default the whole file. */
  readonly at?: string;
  /** Keys of the section that are somebody else's (`name`, `type`) and left out of check and value. */
  readonly without?: readonly string[];
}

/** Most aliases that one file may resolve: a configuration needs few, a YAML bomb needs many. */
const mostAliases = 100;

/** Opens a YAML file; its faults of form (syntax, duplicate keys) come back, not thrown. */
export async function openConfiguration(file: string, environment: Environment): Promise<Checked<Configuration>> {
  try {
    return parseConfiguration(await readFile(file, 'utf8'), file, environment);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return { ok: false, faults: [{ file, line: 1, column: 1, path: '', fault: `can't be read (${code})`, fix: 'give the path of a readable YAML file' }] };
  }
}

/** The same from text; `file` names it in faults, and relative paths of secrets count from its folder. */
export function parseConfiguration(text: string, file: string, environment: Environment): Checked<Configuration> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const configuration = new Configuration(file, document, lines, environment);
  const faults = configuration.faultsOfForm();
  return faults.length === 0 ? { ok: true, value: configuration } : { ok: false, faults };
}

/** One fault as a line for people: `demo.yaml:3:5: http.port: is 'x', not a whole number; write a whole number`. */
export function faultText(fault: ConfigurationFault): string {
  const path = fault.path === '' ? '' : `${fault.path}: `;
  return `${fault.file}:${fault.line}:${fault.column}: ${path}${fault.fault}; ${fault.fix}`;
}

export class Configuration {
  constructor(readonly file: string, private readonly document: Document, private readonly lines: LineCounter, private readonly environment: Environment) {}

  /** Checks a section; its value has the schema's defaults filled in and secrets (`x-secret`) as plain text. */
  async check<T>(schema: JsonSchema, options: CheckOptions = {}): Promise<Checked<T>> {
    const base = parsePath(options.at ?? '');
    const holder = { value: this.section(base, options.without ?? []) };
    const { errors, secrets } = validate(schema, holder.value);
    if (errors.length > 0) {
      return { ok: false, faults: explain(errors, holder.value).map((found) => this.fault([...base, ...found.path], found.isKey, found)) };
    }
    const faults = await this.fillSecrets(holder, secrets, base);
    return faults.length > 0 ? { ok: false, faults } : { ok: true, value: holder.value as T };
  }

  /** True where the file has this key at its top. */
  has(key: string): boolean {
    return isMap(this.document.contents) && this.document.contents.has(key);
  }

  /** A fault that was found by other means (a plugin's ConfigFault), with its position. `path` as in `platforms[0].cores`. */
  faultAt(path: string, fault: string, fix: string): ConfigurationFault {
    return this.fault(parsePath(path), false, { fault, fix });
  }

  /** Faults of YAML itself; when there are any, nothing else can be trusted. */
  faultsOfForm(): readonly ConfigurationFault[] {
    const broken = this.document.errors.map((error) => {
      const isTwice = error.code === 'DUPLICATE_KEY';
      const fix = isTwice ? 'keep one of them' : 'mend the YAML here (indentation, quotes, colons)';
      return { ...this.positionOf(error.pos[0]), path: '', fault: isTwice ? 'the same key is there twice' : error.message, fix };
    });
    if (broken.length > 0) return broken;
    const top = this.document.contents;
    const isUsable = top === null || isMap(top) || (isScalar(top) && top.value === null);
    const bomb = this.tooManyAliases();
    if (!isUsable) return [{ ...this.positionOf(0), path: '', fault: 'the file does not hold keys and values', fix: 'begin with for example node:' }];
    return bomb === undefined ? [] : [{ ...this.positionOf(0), path: '', fault: bomb, fix: 'write the values out' }];
  }

  private tooManyAliases(): string | undefined {
    try {
      this.document.toJS({ maxAliasCount: mostAliases });
      return undefined;
    } catch (error) {
      return `aliases can't be resolved: ${(error as Error).message}`;
    }
  }

  private section(base: Path, without: readonly string[]): unknown {
    const whole: unknown = this.document.toJS({ maxAliasCount: mostAliases }) ?? {};
    const section = valueAt(whole, base) ?? {};
    if (without.length === 0 || typeof section !== 'object') return section;
    return Object.fromEntries(Object.entries(section).filter(([key]) => !without.includes(key)));
  }

  private async fillSecrets(holder: { value: unknown }, pointers: readonly string[], base: Path): Promise<readonly ConfigurationFault[]> {
    const faults: ConfigurationFault[] = [];
    const folder = dirname(this.file);
    for (const pointer of pointers) {
      const path = parsePointer(pointer, holder.value);
      const secret = await findSecret(valueAt(holder.value, path), this.environment, (file) => readFile(resolve(folder, file), 'utf8'));
      if (secret.found) put(holder, ['value', ...path], secret.text);
      else faults.push(this.fault([...base, ...path], false, secret));
    }
    return faults;
  }

  private fault(path: Path, isKey: boolean, words: { readonly fault: string; readonly fix: string }): ConfigurationFault {
    return { ...this.positionOf(this.offsetOf(path, isKey)), path: pathText(path), fault: words.fault, fix: words.fix };
  }

  private positionOf(offset: number): { file: string; line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Offset of a scalar value, or of the key where the value is a group, missing, or the key itself is meant. */
  private offsetOf(path: Path, isKey: boolean): number {
    let node: unknown = this.document.contents;
    let offset = rangeStart(node) ?? 0;
    for (const [index, step] of path.entries()) {
      const next = childOf(node, step);
      if (next === undefined) return offset;
      const wantsKey = next.key !== undefined && ((isKey && index === path.length - 1) || !isScalar(next.value));
      offset = (wantsKey ? next.key : rangeStart(next.value) ?? next.key) ?? offset;
      node = next.value;
    }
    return offset;
  }
}

function childOf(node: unknown, step: string | number): { readonly key?: number; readonly value: unknown } | undefined {
  if (isSeq(node)) return Number(step) in node.items ? { value: node.items[Number(step)] } : undefined;
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
  if (pair === undefined) return undefined;
  const key = rangeStart(pair.key);
  return key === undefined ? { value: pair.value } : { key, value: pair.value };
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: readonly [number, number, number] | null } | null | undefined)?.range?.[0];
}

function put(holder: object, path: Path, text: string): void {
  const parent = valueAt(holder, path.slice(0, -1)) as Record<string | number, unknown>;
  parent[path.at(-1) ?? ''] = text;
}
