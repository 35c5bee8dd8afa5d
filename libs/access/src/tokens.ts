import type { FastifyRequest } from 'fastify';
import type { AccountStore, CalendarAdministration, Clock, Requester } from '#model';
import type { IdentityConfig } from './access.config.js';
import type { Authenticator } from './authenticator.js';

/** Everything that the controllers of this library are given. */
export interface Access {
  readonly authenticator: Authenticator;
  /** Who sends this request; throws BrokerError('unauthenticated'). */
  readonly requesterOf: (request: FastifyRequest) => Promise<Requester>;
  /** How the client reaches us, without a slash at the end. */
  readonly baseUrlOf: (request: FastifyRequest) => string;
  readonly store: AccountStore;
  readonly clock: Clock;
  readonly issuers: IdentityConfig['issuers'];
  readonly calendar?: CalendarAdministration;
}

export const ACCESS = Symbol('ACCESS');
