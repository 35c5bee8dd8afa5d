/** How credentials are refused: in words of RFC 6750 for tokens, and never telling whether an account exists. */
import { BrokerError, reason } from '#model';

/** The error of everybody whom we don't know. It never says whether an account exists. */
export function unauthenticated(text: string): BrokerError {
  return new BrokerError('unauthenticated', 'caller', [reason('unauthenticated', text)]);
}

export const invalidTokenKind = 'invalid-token';
export const insufficientScopeKind = 'insufficient-scope';

/** `why` is told to the caller, so it names what is wrong with the token and never what is in it. */
export function invalidToken(why: string, fix = 'get a fresh one, for example with eb login', cause?: unknown): BrokerError {
  return new BrokerError('unauthenticated', 'caller', [reason(invalidTokenKind, 'This token is not accepted: {why}; {fix}', { why, fix })], { cause });
}

/** The token is good, but not for this. */
export function insufficientScope(scope: string): BrokerError {
  const fix = 'get a token with this scope';
  return new BrokerError('forbidden', 'caller', [reason(insufficientScopeKind, 'Your token lacks the scope {scope}; {fix}', { scope, fix })]);
}

/** Nobody's fault but the issuer's, which can't be reached: closed until it can. */
export function issuerAway(issuer: string, cause?: unknown): BrokerError {
  const fix = 'try again later';
  return new BrokerError('unavailable', 'time', [reason('issuer-away', 'Tokens of {issuer} can\'t be checked now, as its keys can\'t be had; {fix}', { issuer, fix, retryAfter: 30 }, { level: 'ERROR' })], { cause });
}
