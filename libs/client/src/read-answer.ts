/** Tolerant reading of answers: what v1.0 leaves optional may be absent, what we can't do without is named in the error. */
import { sessionPhases } from '#model';
import type { SessionPhase } from '#model';
import { parse as parseYaml } from 'yaml';
import { ClientError } from './client-error.js';
import type { Answer } from './transport.js';
import type { WireOfferSet, WireSession } from './wire.js';

type Fields = Readonly<Record<string, unknown>>;

/** The document in an answer: JSON, or YAML from servers that send it whatever one accepts. Undefined for an empty body. */
export function readDocument(answer: Answer, what: string): unknown {
  if (answer.text.trim() === '') return undefined;
  try {
    return answer.contentType.includes('yaml') ? parseYaml(answer.text, { maxAliasCount: 0 }) : JSON.parse(answer.text);
  } catch (cause) {
    throw new ClientError('unreadable', `${what}: the answer is not ${answer.contentType.includes('yaml') ? 'YAML' : 'JSON'}`, {
      status: answer.status, cause, hint: 'is this address really an execution broker?',
    });
  }
}

/** An offer set; `NO` of a YAML 1.1 server, read as false, counts as NO. */
export function asOfferSet(document: unknown): WireOfferSet {
  const fields = asFields(document, 'an offer set');
  const meta = withUuid(fields, 'an offer set');
  const offers = Array.isArray(fields['offers']) ? fields['offers'].map(asSession) : [];
  const result = fields['result'] === 'YES' || fields['result'] === true ? 'YES' : 'NO';
  return { ...fields, meta, result, offers } as WireOfferSet;
}

export function asSession(document: unknown): WireSession {
  const fields = asFields(document, 'a session');
  const phase = fields['phase'];
  if (!sessionPhases.includes(phase as SessionPhase)) throw unreadable(`a session whose phase is '${String(phase)}'`);
  return { ...fields, meta: withUuid(fields, 'a session'), phase } as WireSession;
}

/** A session is told from an offer set by its phase. */
export function isSession(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'phase' in document;
}

export function asFields(document: unknown, what: string): Fields {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw unreadable(`something else than ${what}`);
  return document as Fields;
}

function withUuid(fields: Fields, what: string): { uuid: string } {
  const meta = fields['meta'] as { uuid?: unknown } | undefined;
  // Early servers write the identifier beside the kind instead of inside meta.
  const uuid = meta?.uuid ?? fields['uuid'];
  if (typeof uuid !== 'string') throw unreadable(`${what} without meta.uuid`);
  return { ...meta, uuid };
}

function unreadable(words: string): ClientError {
  return new ClientError('unreadable', `the broker sent ${words}`, { hint: 'does it speak ExecutionBroker v1.0?' });
}

/** Last path segment of a Location, which v1.0 clients take as the identifier. */
export function uuidOfLocation(location: string): string {
  return location.replace(/[?#].*$/, '').split('/').filter((part) => part !== '').at(-1) ?? '';
}
