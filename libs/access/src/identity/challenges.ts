/** The header WWW-Authenticate (RFC 9110, 6750, 9728): how to log in here, and what was wrong. */
import { reasonPrefix } from '#model';
import type { BrokerError, Reason } from '#model';
import { insufficientScopeKind, invalidTokenKind } from '../refused.js';

/** Where clients learn which issuers are known (RFC 9728). */
export const metadataPath = '/.well-known/oauth-protected-resource';
const realm = 'execution-broker';

/** A refused token is told so first; who came without one learns every way in, the simplest first. */
export function challengesFor(error: BrokerError, { base, knowsIssuers }: { readonly base: string; readonly knowsIssuers: boolean }): string | undefined {
  const [first] = error.reasons;
  const metadata = knowsIssuers ? [`resource_metadata="${base}${metadataPath}"`] : [];
  if (isA(first, insufficientScopeKind)) return bearer(['error="insufficient_scope"', `scope="${quotable(first?.values['scope'] ?? '')}"`, ...metadata]);
  if (error.word !== 'unauthenticated') return undefined;
  const basic = `Basic realm="${realm}", charset="UTF-8"`;
  if (isA(first, invalidTokenKind)) return `${bearer(['error="invalid_token"', `error_description="${quotable(error.message)}"`, ...metadata])}, ${basic}`;
  return `${basic}, ${bearer(metadata)}`;
}

function isA(one: Reason | undefined, word: string): boolean {
  return one?.kind === reasonPrefix + word;
}

function bearer(parameters: readonly string[]): string {
  return `Bearer ${[`realm="${realm}"`, ...parameters].join(', ')}`;
}

/** What RFC 6750 allows in a quoted text. */
function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, ' ').slice(0, 300);
}
