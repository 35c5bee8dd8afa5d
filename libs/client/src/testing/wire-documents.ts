/** Documents as a v1.0 server sends them. */
import { kinds } from '#model';
import type { SessionPhase } from '#model';
import type { WireMessage, WireOfferSet, WireSession } from '../wire.js';

export const aSetUuid = '11111111-2222-4333-8444-555555555500';
export const aSessionUuid = '11111111-2222-4333-8444-555555555501';

export function aWireSession(phase: SessionPhase = 'OFFERED', more: Partial<WireSession> & { readonly messages?: readonly WireMessage[] } = {}): WireSession {
  const { messages = [], ...fields } = more;
  return {
    kind: kinds.scheduledSession, meta: { uuid: aSessionUuid, name: 'demo', created: '2030-06-03T08:00:00Z', messages }, phase,
    expires: '2030-06-03T08:05:00Z',
    schedule: {
      preparing: { start: '2030-06-03T08:59:00Z', duration: 'PT1M' }, available: { start: '2030-06-03T09:00:00Z/PT0S', duration: 'PT1H' },
      releasing: { start: '2030-06-03T10:00:00Z', duration: 'PT10S' },
    },
    executable: { kind: kinds.scripted, meta: {} },
    compute: { kind: kinds.simpleCompute, cores: { min: 2, max: 4 }, memory: { min: 8, max: 8 } },
    costs: [{ type: 'urn:x:monetary', min: 0.1, max: 0.5 }], connectors: [], ...fields,
  };
}

export function aWireOfferSet(offers: readonly WireSession[] = [aWireSession()], messages: readonly WireMessage[] = []): WireOfferSet {
  return { kind: kinds.offerSet, meta: { uuid: aSetUuid, messages }, result: offers.length > 0 ? 'YES' : 'NO', offers };
}
