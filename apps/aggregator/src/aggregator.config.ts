/** Schema of the aggregator's configuration file. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { identityProperties } from '#access';
import { httpSchema } from '#http-api';
import { allRoles } from '#model';
import { credentialsSchema, duration, memberSchema, registerSchema, secret } from './members/members.config.js';

const closed = { additionalProperties: false } as const;
const account = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9._@-]{1,64}$' }),
  password: secret,
  roles: Type.Array(Type.Union(allRoles.map((role) => Type.Literal(role))), { default: ['user'] }),
  groups: Type.Optional(Type.Array(Type.String())),
}, closed);

export const aggregatorConfigSchema = Type.Object({
  aggregator: Type.Object({ name: Type.String({ default: 'aggregator', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', description: 'unique in the federation: loops are told by it; the same for all replicas' }) }, { ...closed, default: {} }),
  state: Type.String({ default: '.eb-aggregator', description: 'folder for everything it keeps; EB_STATE in the environment wins' }),
  http: httpSchema({ port: 8652, it: 'it' }),
  database: Type.Optional(Type.Union([
    Type.Object({ url: secret }, closed),
    Type.Object({ embedded: Type.Object({ folder: Type.Optional(Type.String()) }, closed) }, closed),
  ], { description: 'default: DATABASE_URL of the environment, else an embedded PostgreSQL below the state folder; not that of a node' })),
  access: Type.Object({
    anonymous: Type.Boolean({ default: false, description: 'answer requests without credentials' }),
    accounts: Type.Array(account, { default: [], description: 'accounts made at start where they are missing' }),
    ...identityProperties,
  }, { ...closed, default: {} }),
  federation: Type.Object({
    deadline: duration('PT5S', 'how long members are waited for; who asks may shorten it'),
    lateFor: duration('PT60S', 'how long a late member is listened to, to give back what it offers'),
    callWithin: duration('PT10S', 'limit of one call that is not an ask'),
    expiryMargin: duration('PT5S', 'by this much an offer expires sooner here than at its member'),
    mostOffers: Type.Integer({ minimum: 1, maximum: 255, default: 24 }),
    pruneFrom: Type.Integer({ minimum: 1, default: 24, description: 'fewer members than this are all asked; of more, those that may fit by their digests' }),
    mostAsked: Type.Integer({ minimum: 1, default: 20, description: 'how many members with digests are asked at first' }),
    digestEvery: duration('PT30S', 'between two looks at the digests of members'),
    keepAnswers: duration('P7D', 'how long an answer of which nothing came can be read'),
    onBehalf: Type.Boolean({ default: false, description: 'members that administrators add are told for whom we speak' }),
    signingKey: Type.Optional(Type.String({ minLength: 1, description: 'JWK file of a private EC key on P-256, the same for all replicas; default: one in the state folder' })),
    certificates: Type.Optional(Type.String({ description: 'PEM file of private authorities that members may have their certificates of, besides the public ones' })),
  }, { ...closed, default: {} }),
  credentials: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }), credentialsSchema, { default: {}, description: 'by name; members that registers and administrators name refer to them' }),
  members: Type.Array(memberSchema, { default: [], description: 'reloaded when this file changes' }),
  registers: Type.Array(registerSchema, { default: [], description: 'documents that name more members' }),
  logs: Type.Object({ level: Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)), { default: 'info' }) }, { ...closed, default: {} }),
}, { ...closed, title: 'execution-broker aggregator', $schema: 'https://json-schema.org/draft/2020-12/schema' });

export type AggregatorConfig = Static<typeof aggregatorConfigSchema>;
