export { FederatedBroker } from './federated-broker.js';
export { Ground } from './ground.js';
export type { FederationParts, FederationSettings } from './ground.js';
export { Reconciler } from './reconciler.js';
export { changeSet } from './federation-store.js';
export type { AcceptedQuery, FederatedSet, FederationStore } from './federation-store.js';
export type { LeafOffer } from './rank-offers.js';
export { noTrail, readTrail, writeTrail } from './member.js';
export type { Member, MemberHealth, Trail } from './member.js';
