import type { Update } from '#model';
import { malformed } from '../fault.js';
import type { Fault } from '../fault.js';
import type { ParsedBody } from './parsed-body.js';

const updateKinds = {
  'uri:string-value-update': 'string', 'uri:enum-value-update': 'enum', 'uri:integer-value-update': 'integer', 'uri:integer-delta-update': 'delta',
} as const;

/** Spellings of the path to a session's phase that clients use. */
const phasePaths = new Set(['phase', '/phase', 'state', '/state']);

/** Reads the body of a session update; throws 'malformed' with every fault. */
export function readUpdate(body: ParsedBody): Update {
  const members = membersOf(body.value);
  const kind = kindOf(members['kind']);
  const faults = [...kindFaults(members['kind'], kind), ...textFaults('path', members['path'], 'phase'), ...unitFaults(members['units'])];
  const amount = kind === 'delta' ? 'delta' : 'value';
  const value = kind === 'string' || kind === 'enum' ? (body.written.get('/value') ?? members['value']) : members[amount];
  if (kind) faults.push(...valueFaults(kind, amount, value));
  if (faults.length > 0 || kind === undefined) throw malformed(faults);
  return assemble(kind, pathOf(members['path'] as string), value, members['units'] as string | undefined);
}

function membersOf(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Readonly<Record<string, unknown>>;
  throw malformed([{ path: '', fault: 'the body is not an object', fix: 'send for example {"kind": "uri:enum-value-update", "path": "phase", "value": "ACCEPTED"}' }]);
}

function assemble(kind: Update['kind'], path: string, value: unknown, units: string | undefined): Update {
  if (kind === 'enum' || kind === 'string') return { kind, path, value: value as string };
  const measured = units === undefined ? {} : { units };
  return kind === 'integer' ? { kind, path, value: value as number, ...measured } : { kind, path, delta: value as number, ...measured };
}

function pathOf(written: string): string {
  return phasePaths.has(written) ? 'phase' : written.replace(/^\//, '');
}

function kindOf(given: unknown): Update['kind'] | undefined {
  return typeof given === 'string' && Object.hasOwn(updateKinds, given) ? updateKinds[given as keyof typeof updateKinds] : undefined;
}

function kindFaults(given: unknown, kind: Update['kind'] | undefined): Fault[] {
  if (kind) return [];
  const known = Object.keys(updateKinds).join(', ');
  return [{ path: 'kind', fault: given === undefined ? 'is missing' : 'is not a kind of update', fix: `write one of ${known}` }];
}

function textFaults(path: string, value: unknown, example: string): Fault[] {
  if (typeof value === 'string' && value !== '') return [];
  return [{ path, fault: value === undefined || value === '' ? 'is missing' : 'is not a text', fix: `write for example "${example}"` }];
}

function valueFaults(kind: Update['kind'], path: string, value: unknown): Fault[] {
  if (kind === 'enum' || kind === 'string') return textFaults(path, value, 'ACCEPTED');
  if (Number.isSafeInteger(value)) return [];
  return [{ path, fault: value === undefined ? 'is missing' : 'is not a whole number', fix: 'write a whole number between -2^53 and 2^53, without quotes' }];
}

function unitFaults(units: unknown): Fault[] {
  return units === undefined || typeof units === 'string' ? [] : [{ path: 'units', fault: 'is not a text', fix: 'write for example "s"' }];
}
