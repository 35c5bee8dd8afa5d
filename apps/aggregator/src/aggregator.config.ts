/** Schema of the aggregator's configuration file. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { identityProperties } from '#access';
import { allRoles } from '#model';

const closed = { additionalProperties: false } as const;
const duration = (byDefault: string, description: string) => Type.String({ format: 'iso-duration', pattern: '[1-9]', default: byDefault, description });
const secret = Type.Union(
  [Type.String({ minLength: 1 }), Type.Object({ env: Type.String({ minLength: 1 }) }, closed), Type.Object({ file: Type.String({ minLength: 1 }) }, closed)],
  { 'x-secret': true, description: 'a secret: {env: NAME}, {file: PATH}, or the text itself for trials' },
);

const account = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9._@-]{1,64}$' }),
  password: secret,
  roles: Type.Array(Type.Union(allRoles.map((role) => Type.Literal(role))), { default: ['user'] }),
  groups: Type.Optional(Type.Array(Type.String())),
}, closed);

const member = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'shown in messages, kept in the database: never change it while its sessions run' }),
  url: Type.String({ format: 'uri', description: 'where the member listens' }),
  credentials: Type.Optional(Type.Union([
    Type.Object({ basic: Type.Object({ user: Type.String({ minLength: 1 }), password: secret }, closed) }, closed),
    Type.Object({ bearerFile: Type.String({ minLength: 1, description: 'file with a token; read for each call, so it may be renewed' }) }, closed),
  ], { description: 'how we say who we are; left out: not at all' })),
  exposure: Type.Union([Type.Literal('proxy'), Type.Literal('expose')], { default: 'proxy', description: "proxy: none of the member's host names leaves us" }),
  hiddenHosts: Type.Array(Type.String({ minLength: 1 }), { default: [], description: 'host names that stay inside besides that of the url; *.site.example for all below it' }),
  gateway: Type.Optional(Type.String({ format: 'uri', description: "where the site's gateway shows connectors of hidden hosts; left out: they are not shown" })),
}, closed);

export const aggregatorConfigSchema = Type.Object({
  aggregator: Type.Object({ name: Type.String({ default: 'aggregator', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', description: 'unique in the federation: loops are told by it; the same for all replicas' }) }, { ...closed, default: {} }),
  state: Type.String({ default: '.eb-aggregator', description: 'folder for everything it keeps; EB_STATE in the environment wins' }),
  http: Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 8652, description: 'EB_PORT in the environment wins; 0 takes a free one' }),
    publicUrl: Type.Optional(Type.String({ format: 'uri', description: 'how clients reach it; default: the host they asked' })),
    trustedProxies: Type.Array(Type.String({ pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' }), { default: [], description: 'addresses and CIDR blocks of proxies whose Forwarded and X-Forwarded-* headers are believed' }),
    cors: Type.Object({
      origins: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/]+)$' }), { default: [], description: 'origins whose pages may call it; * for every one' }),
    }, { ...closed, default: {} }),
    defaultMediaType: Type.Union([Type.Literal('application/yaml'), Type.Literal('application/json'), Type.Literal('application/xml')], { default: 'application/yaml', description: 'for requests that declare none, or */*' }),
    bodyLimit: Type.String({ format: 'byte-size', default: '1 MiB' }),
  }, { ...closed, default: {} }),
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
    certificates: Type.Optional(Type.String({ description: 'PEM file of a private authority that members have their certificates of' })),
  }, { ...closed, default: {} }),
  members: Type.Array(member, { default: [], description: 'reloaded when this file changes' }),
  logs: Type.Object({ level: Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)), { default: 'info' }) }, { ...closed, default: {} }),
}, { ...closed, title: 'execution-broker aggregator', $schema: 'https://json-schema.org/draft/2020-12/schema' });

export type AggregatorConfig = Static<typeof aggregatorConfigSchema>;
