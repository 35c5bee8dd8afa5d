import type { FastifyRequest } from 'fastify';
import type { AccessTokenStore, AccountStore, AuditLog, CalendarAdministration, Clock, DrainSwitch, KeptStorages, Milliseconds, PolicyTrials, Requester } from '#model';
import type { IdentityConfig } from '../access.config.js';
import type { Auditor } from '../audit/auditor.js';
import type { Authenticator } from '../identity/authenticator.js';

/** What tells who sends a request, and what it was sent to. */
export type SentRequest = Pick<FastifyRequest, 'headers' | 'raw' | 'protocol' | 'host'>;

/** Everything that the controllers of this library are given. */
export interface Access {
  readonly authenticator: Authenticator;
  /** Who sends this request; throws BrokerError('unauthenticated'). */
  readonly requesterOf: (request: SentRequest) => Promise<Requester>;
  /** How the client reaches us, without a slash at the end. */
  readonly baseUrlOf: (request: SentRequest) => string;
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly issuers: IdentityConfig['issuers'];
  readonly tokens: AccessTokenStore;
  readonly tokenRules: { readonly enabled: boolean; readonly longest: Milliseconds; readonly most: number };
  readonly audit: AuditLog;
  readonly auditor: Auditor;
  readonly calendar?: CalendarAdministration;
  readonly drain?: DrainSwitch;
  readonly policies?: PolicyTrials;
  readonly keptStorages?: KeptStorages;
}

export const ACCESS = Symbol('ACCESS');
