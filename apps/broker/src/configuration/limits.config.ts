/** What the configuration says of how much may be asked and held. What is left out is not limited. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { HttpApiSetup } from '#http-api';
import type { HoldLimits } from '#node';
import { lengthOf } from '#runtime';

const closed = { additionalProperties: false } as const;
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }));

export const limitsSchema = Type.Object({
  requestsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'asks per second of one requester, on average; beyond: 429. Administrators are exempt' })),
  burst: count('asks at once of one requester; default: two seconds\' worth'),
  openOffers: count('open offer sets of one requester; beyond: NO. Administrators are exempt'),
  openOffersOfAll: count('open offer sets of everybody; from half of it on, offers expire sooner; beyond: NO'),
  openShare: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'most of what is not booked that open offers may hold at a time; beyond: NO' })),
  readsPerSecond: Type.Number({ exclusiveMinimum: 0, default: 1000, description: 'reads of one requester, on average; beyond: 429. Administrators are exempt' }),
  mostAsks: Type.Integer({ minimum: 1, default: 512, description: 'asks at a time, those included that wait to be let in; beyond: 503' }),
  asksAtOnce: Type.Integer({ minimum: 1, default: 64, description: 'asks under way at a time, fewer when answers come late; others wait, for half of askWithin at most' }),
  askWithin: Type.String({ format: 'iso-duration', default: 'PT1S', description: 'time within which an ask should be answered' }),
  connections: Type.Integer({ minimum: 0, default: 10_000, description: 'open connections; 0: as many as the system allows' }),
  headersWithin: Type.String({ format: 'iso-duration', default: 'PT10S', description: 'time for a client to send its headers' }),
  requestWithin: Type.String({ format: 'iso-duration', default: 'PT60S', description: 'time for a client to send a whole request' }),
}, { ...closed, default: {} });

type Limits = Static<typeof limitsSchema>;

export function holdLimitsOf({ openOffers, openOffersOfAll, openShare }: Limits): HoldLimits {
  return {
    ...(openOffers === undefined ? {} : { openOffers }), ...(openOffersOfAll === undefined ? {} : { openOffersOfAll }),
    ...(openShare === undefined ? {} : { openShare }),
  };
}

export function admissionLimitsOf({ requestsPerSecond, burst, readsPerSecond, mostAsks, asksAtOnce, askWithin }: Limits): NonNullable<HttpApiSetup['admission']> {
  return { readsPerSecond, mostAsks, asksAtOnce, askWithin: lengthOf(askWithin), ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }), ...(burst === undefined ? {} : { burst }) };
}

/** What a connection may take, for the HTTP server. */
export function connectionLimitsOf({ connections, headersWithin, requestWithin }: Limits): { connections: number; headersWithin: number; requestWithin: number } {
  return { connections, headersWithin: lengthOf(headersWithin), requestWithin: lengthOf(requestWithin) };
}
