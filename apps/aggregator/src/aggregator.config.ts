/** Schema of the aggregator's configuration file. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { identityProperties } from '#access';
import { httpSchema } from '#http-api';
import { databaseSection, logLevel, positiveDuration } from '#runtime';
import { credentialsSchema, memberSchema, registerSchema } from './members/members.config.js';
import { rankingSchema } from './ranking/ranking.config.js';

const closed = { additionalProperties: false } as const;
const keyFile = Type.String({ minLength: 1 });

export const aggregatorConfigSchema = Type.Object({
  aggregator: Type.Object({ name: Type.String({ default: 'aggregator', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', description: 'unique in the federation: loops are told by it; the same for all replicas' }) }, { ...closed, default: {} }),
  state: Type.String({ default: '.eb-aggregator', description: 'folder for everything it keeps; EB_STATE in the environment wins' }),
  http: httpSchema({ port: 8652, it: 'it' }),
  database: databaseSection('; not that of a node'),
  access: Type.Object({
    anonymous: Type.Boolean({ default: false, description: 'answer requests without credentials' }),
    ...identityProperties,
  }, { ...closed, default: {} }),
  federation: Type.Object({
    deadline: positiveDuration('PT5S', 'how long members are waited for; who asks may shorten it'),
    lateFor: positiveDuration('PT60S', 'how long a late member is listened to, to give back what it offers'),
    callWithin: positiveDuration('PT10S', 'limit of one call that is not an ask'),
    expiryMargin: positiveDuration('PT5S', 'by this much an offer expires sooner here than at its member'),
    mostOffers: Type.Integer({ minimum: 1, maximum: 255, default: 24 }),
    ranking: rankingSchema,
    pruneFrom: Type.Integer({ minimum: 1, default: 24, description: 'fewer members than this are all asked; of more, those that may fit by their digests' }),
    mostAsked: Type.Integer({ minimum: 1, default: 20, description: 'how many members with digests are asked at first' }),
    digestEvery: positiveDuration('PT30S', 'between two looks at the digests of members'),
    keepAnswers: positiveDuration('P7D', 'how long an answer of which nothing came can be read'),
    onBehalf: Type.Boolean({ default: false, description: 'members that administrators add are told for whom we speak' }),
    signingKey: Type.Optional(Type.Union([keyFile, Type.Array(keyFile, { minItems: 1, maxItems: 8 })], { description: 'JWK file of a private EC key on P-256, the same for all replicas, or several of which the first signs and all are published; default: one in the state folder' })),
    certificates: Type.Optional(Type.String({ description: 'PEM file of private authorities that members may have their certificates of, besides the public ones' })),
  }, { ...closed, default: {} }),
  credentials: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }), credentialsSchema, { default: {}, description: 'by name; members that registers and administrators name refer to them' }),
  members: Type.Array(memberSchema, { default: [], description: 'reloaded when this file changes' }),
  registers: Type.Array(registerSchema, { default: [], description: 'documents that name more members' }),
  logs: Type.Object({ level: logLevel }, { ...closed, default: {} }),
}, { ...closed, title: 'execution-broker aggregator', $schema: 'https://json-schema.org/draft/2020-12/schema' });

export type AggregatorConfig = Static<typeof aggregatorConfigSchema>;
