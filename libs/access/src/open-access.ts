/** Identity, and what is put before the broker because of it, from the parts that an application has. */
import type { FastifyRequest } from 'fastify';
import type { BrokerError, CalendarAdministration, ExecutionBroker, Sender } from '#model';
import { openIdentity } from './open-identity.js';
import type { IdentityGround } from './open-identity.js';
import { ScopedBroker } from './scoped-broker.js';
import type { Access } from './tokens.js';

export interface AccessGround extends IdentityGround {
  readonly broker: ExecutionBroker;
  readonly calendar?: CalendarAdministration;
  readonly senderOf: (request: FastifyRequest) => Sender;
  readonly baseUrlOf: (request: FastifyRequest) => string;
}

export interface OpenedAccess {
  /** For {@link AccessModule}. */
  readonly access: Access;
  /** For the HTTP interface: the broker as strangers reach it, and who they are. */
  readonly http: {
    readonly broker: ExecutionBroker;
    readonly requesterOf: Access['requesterOf'];
    readonly challenges: (error: BrokerError, base: string) => string | undefined;
  };
}

export function openAccess(ground: AccessGround): OpenedAccess {
  const { broker, senderOf, baseUrlOf, accounts, clock, config, calendar } = ground;
  const authenticator = openIdentity(ground);
  const requesterOf: Access['requesterOf'] = (request) => authenticator.identify(senderOf(request));
  return {
    access: { authenticator, requesterOf, baseUrlOf, store: accounts, clock, issuers: config.issuers, ...(calendar ? { calendar } : {}) },
    http: { broker: new ScopedBroker(broker), requesterOf, challenges: (error, base) => authenticator.challenges(error, base) },
  };
}
