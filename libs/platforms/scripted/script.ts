/** The language of scripts: what a pretended execution shall do. Every field is optional; README.md has the table. */
import { parseDuration, reason } from '#model';
import type { Connector, Fixer, Milliseconds, Reason } from '#model';

/** Step at which a script fails, how often (all times when left out), and who could mend it. */
export interface ScriptedFailure { readonly at: 'assess' | 'prepare' | 'approach' | 'start' | 'resize' | 'release'; readonly times: number; readonly fixer: Fixer; readonly message: string }

/** A script that was read: durations are milliseconds, and what was left out has its default. */
export interface Script {
  readonly prepare: Milliseconds;
  /** Progress reports while preparing. */
  readonly progress: number;
  readonly queued: Milliseconds;
  readonly run: Milliseconds | 'forever';
  readonly exitCode: number;
  /** After the start of the run. */
  readonly evict?: Milliseconds;
  readonly vanish?: Milliseconds;
  readonly unknown?: { readonly after: Milliseconds; readonly for: Milliseconds };
  readonly ignoreCancel: Milliseconds;
  readonly fail?: ScriptedFailure;
  readonly log: readonly { readonly after: Milliseconds; readonly text: string }[];
  readonly connectors: readonly { readonly after: Milliseconds; readonly protocol: string; readonly location: string }[];
}

export interface ScriptDefaults { readonly prepare: Milliseconds; readonly run: Milliseconds }
export type ReadScript = { readonly ok: true; readonly script: Script } | { readonly ok: false; readonly reasons: readonly Reason[] };

type Fields = Record<string, unknown>;
const steps: readonly string[] = ['assess', 'prepare', 'approach', 'start', 'resize', 'release'] satisfies ScriptedFailure['at'][];
const fixers: readonly string[] = ['caller', 'operator', 'time', 'us'] satisfies Fixer[];

/** A field that can't be read: thrown and caught within this file only. */
class FieldFault extends Error {
  constructor(readonly field: string, readonly fault: string) { super(`${field}: ${fault}`); }
}

type Reader = (value: unknown, field: string) => unknown;

const readers: Readonly<Record<string, Reader>> = {
  prepare: duration, queued: duration, evict: duration, vanish: duration, ignoreCancel: duration,
  run: (value, field) => (value === 'forever' ? value : duration(value, field)),
  progress: (value, field) => whole(value, field, 0, 1000),
  exitCode: (value, field) => whole(value, field, 0, 255),
  unknown: (value, field) => ({ after: duration(fieldsOf(value, field)['after'] ?? 'PT0S', `${field}.after`), for: duration(fieldsOf(value, field)['for'], `${field}.for`) }),
  fail: failure,
  log: (value, field) => list(value, field).map((line, at) => (typeof line === 'string' ? { after: 0, text: line } : timed(line, `${field}[${at}]`, ['text']))),
  connectors: (value, field) => list(value, field).map((one, at) => timed(one, `${field}[${at}]`, ['protocol', 'location'])),
};

/** Reads `executable.script`; each fault is a reason whose path names the field. */
export function readScript(raw: unknown, defaults: ScriptDefaults, path = 'executable.script'): ReadScript {
  if (!isObject(raw)) return { ok: false, reasons: [faultAt(path, 'must be an object')] };
  const read: Fields = { ...defaults, progress: 0, queued: 0, exitCode: 0, ignoreCancel: 0, log: [], connectors: [] };
  const reasons: Reason[] = [];
  for (const [field, value] of Object.entries(raw)) {
    try {
      read[field] = readerOf(field)(value, field);
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      reasons.push(faultAt(`${path}.${error.field}`, error.fault));
    }
  }
  return reasons.length > 0 ? { ok: false, reasons } : { ok: true, script: read as unknown as Script };
}

/** Connectors of a script that are open `elapsed` into the run. */
export function openConnectors(script: Script, kind: string, elapsed: Milliseconds): readonly Connector[] {
  return script.connectors.filter((one) => one.after <= elapsed).map(({ protocol, location }) => ({ kind, status: 'AVAILABLE', protocol, location }));
}

function faultAt(path: string, fault: string): Reason {
  return reason('script', '{path} {fault}', { fault }, { path, level: 'ERROR' });
}

function readerOf(field: string): Reader {
  const reader = Object.hasOwn(readers, field) ? readers[field] : undefined;
  if (reader) return reader;
  throw new FieldFault(field, `is not known; write one of ${Object.keys(readers).join(', ')}`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function duration(value: unknown, field: string): Milliseconds {
  if (typeof value !== 'string') throw new FieldFault(field, 'must be an ISO 8601 duration, for example PT5S');
  const parsed = parseDuration(value, 0);
  if (!parsed.ok) throw new FieldFault(field, parsed.fault);
  return parsed.value;
}

function whole(value: unknown, field: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new FieldFault(field, `must be a whole number from ${least} to ${most}`);
}

function list(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value) && value.length <= 10_000) return value as readonly unknown[];
  throw new FieldFault(field, 'must be a list of at most 10000');
}

function fieldsOf(value: unknown, field: string): Fields {
  if (isObject(value)) return value;
  throw new FieldFault(field, 'must be an object');
}

function timed(value: unknown, field: string, texts: readonly string[]): Fields {
  const fields = fieldsOf(value, field);
  const read: Fields = { after: duration(fields['after'] ?? 'PT0S', `${field}.after`) };
  for (const name of texts) {
    if (typeof fields[name] !== 'string') throw new FieldFault(`${field}.${name}`, 'must be a text');
    read[name] = fields[name];
  }
  return read;
}

function failure(value: unknown, field: string): ScriptedFailure {
  const fields = typeof value === 'string' ? { at: value } : fieldsOf(value, field);
  const { at, times, fixer, message }: Fields = { times: undefined, fixer: 'operator', message: 'the script says so', ...fields };
  if (typeof at !== 'string' || !steps.includes(at)) throw new FieldFault(typeof value === 'string' ? field : `${field}.at`, `must be one of ${steps.join(', ')}`);
  if (typeof fixer !== 'string' || !fixers.includes(fixer)) throw new FieldFault(`${field}.fixer`, `must be one of ${fixers.join(', ')}`);
  const often = times === undefined ? Number.MAX_SAFE_INTEGER : whole(times, `${field}.times`, 1, 1_000_000);
  return { at: at as ScriptedFailure['at'], times: often, fixer: fixer as Fixer, message: String(message) };
}
