/** Problem documents (RFC 9457): what every request that fails is answered with. */
import { HttpException } from '@nestjs/common';
import { BrokerError } from '#model';
import type { FaultWord, Reason } from '#model';
import type { Schemas } from '#openapi';
import { presentReason } from './present/notes.js';
import { presentOfferSet } from './present/offerset.js';
import { presentSession } from './present/session.js';

/** Words of problems: those of the broker, and one that only HTTP knows. */
export type ProblemWord = FaultWord | 'method-not-allowed';
export interface Answer { readonly status: number; readonly problem: Schemas['Problem']; readonly retryAfter?: number }

const table: Readonly<Record<ProblemWord, { readonly status: number; readonly title: string; readonly retryAfter?: number }>> = {
  malformed: { status: 400, title: 'The input cannot be understood' },
  unauthenticated: { status: 401, title: 'Who are you?' },
  forbidden: { status: 403, title: 'Not for you' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'Not by this method' },
  'not-acceptable': { status: 406, title: 'No acceptable media type' },
  conflict: { status: 409, title: 'Not as things are now' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type of the body cannot be read' },
  'too-many': { status: 429, title: 'Too many requests', retryAfter: 1 },
  defect: { status: 500, title: 'Something went wrong on our side' },
  busy: { status: 503, title: 'Too busy', retryAfter: 1 },
  unavailable: { status: 503, title: 'Not available now', retryAfter: 10 },
};

/** Faults that Fastify finds before we see the body. */
const transportFaults: Readonly<Record<'too-large' | 'unsupported-media-type', Schemas['Fault']>> = {
  'too-large': { path: '', fault: 'the body is larger than this node accepts', fix: 'send a smaller document' },
  'unsupported-media-type': { path: 'Content-Type', fault: 'the media type cannot be read', fix: 'send Content-Type: application/json or application/yaml' },
};

const words = new Map<number, ProblemWord>((Object.keys(table) as ProblemWord[]).reverse().map((word) => [table[word].status, word]));

/** The answer to an error. `undefined`: nobody threw it on purpose. */
export function answerTo(error: unknown, instance: string, base: string): Answer | undefined {
  if (error instanceof BrokerError) return error.word === 'defect' ? undefined : brokerAnswer(error, instance, base);
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === undefined || status >= 500) return undefined;
  const word = words.get(status);
  if (word === 'too-large' || word === 'unsupported-media-type') return answer(word, { instance, detail: messageOf(error), faults: [transportFaults[word]] });
  return word ? answer(word, { instance, detail: messageOf(error) }) : { status, problem: { type: 'about:blank', title: 'The request is refused', status, detail: messageOf(error), instance } };
}

/** Builds the document of a word. */
export function answer(word: ProblemWord, more: Partial<Schemas['Problem']>): Answer {
  const { status, title, retryAfter } = table[word];
  return { status, problem: { type: `urn:execution-broker:problem:${word}`, title, status, ...more }, ...(retryAfter !== undefined && { retryAfter }) };
}

function brokerAnswer(error: BrokerError, instance: string, base: string): Answer {
  const faults = error.reasons.filter((each) => each.values['fault'] !== undefined);
  const retryAfter = Number(error.reasons[0]?.values['retryAfter']);
  const made = answer(error.word, {
    detail: error.message, instance,
    ...(faults.length > 0 && { faults: faults.map(presentFault) }),
    ...(error.reasons.length > 0 && { reasons: error.reasons.map(presentReason) }),
    ...(error.session && { session: presentSession(error.session, base) }),
    ...(error.fresh && { offers: presentOfferSet(error.fresh, base) }),
  });
  return Number.isFinite(retryAfter) ? { ...made, retryAfter } : made;
}

function presentFault(of: Reason): Schemas['Fault'] {
  return { path: of.path ?? '', fault: of.values['fault'] ?? '', fix: of.values['fix'] ?? '' };
}

/** Status that Fastify's own errors carry (a body that is too large, a broken connection). */
function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 ? status : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
