/** Schema of the node's configuration file. Sections of plugins are checked by their own schemas. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { delegateSchema, identityProperties } from '#access';
import { newEntrySchema } from '#calendar';
import { httpSchema } from '#http-api';
import { databaseSection, logLevel, positiveDuration } from '#runtime';
import { costsSchema } from './costs.config.js';
import { limitsSchema } from './limits.config.js';
import { poolsSchema } from './pools.config.js';

const closed = { additionalProperties: false } as const;

const named = (what: string) => Type.Object({
  name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: `name of this ${what}` })),
  type: Type.String({ description: `which ${what} plugin` }),
}, { additionalProperties: true });

const policy = Type.Object({
  name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'name of this policy' })),
  type: Type.Optional(Type.String({ minLength: 1, description: 'which policy plugin of this build' })),
  plugin: Type.Optional(Type.String({ minLength: 1, description: 'instead of type: a package with a policy, for example @site/our-policy' })),
  pool: Type.Optional(Type.String({ minLength: 1, description: 'judges only what is drawn from this pool with an owner' })),
  from: Type.Optional(Type.String({ minLength: 1, description: 'YAML file with the keys of the policy, from the folder of this file' })),
}, { additionalProperties: true });

/** A configured entry is known by its name over restarts. */
const configuredEntry = Type.Object({ ...newEntrySchema.properties, name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description: 'unique' }) }, closed);

export const nodeConfigSchema = Type.Object({
  node: Type.Object({ name: Type.String({ default: 'node', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' }) }, { ...closed, default: {} }),
  state: Type.String({ default: '.eb', description: 'folder for everything this node keeps; EB_STATE in the environment wins' }),
  http: httpSchema({ port: 8642, it: 'this node' }),
  database: databaseSection(),
  access: Type.Object({
    anonymous: Type.Boolean({ default: false, description: 'answer requests without credentials' }),
    publicReads: Type.Boolean({ default: false, description: 'whoever knows a UUID may read it' }),
    ...identityProperties,
    delegate: delegateSchema,
  }, { ...closed, default: {} }),
  booking: Type.Object({
    grain: positiveDuration('PT5M', 'accounting grain; offers start at any second'),
    horizon: positiveDuration('P60D', 'how far ahead the calendar reaches'),
    offerExpiry: positiveDuration('PT5M', 'how long an offer holds its capacity'),
    longestExpiry: positiveDuration('PT30M', 'how long a client may keep an offer open by moving its expiry, from its creation on'),
    spacing: positiveDuration('PT1H', 'distance between the starts of alternative offers'),
    mostOffers: Type.Integer({ minimum: 1, maximum: 100, default: 6, description: 'most offers of a set: the earliest, at the least that was asked for; then the biggest; then others. With 1 only the first' }),
  }, { ...closed, default: {} }),
  defaults: Type.Object({
    duration: positiveDuration('PT1H', 'of a request that names none'),
    longest: positiveDuration('P7D', 'longest run that anybody gets'),
    window: positiveDuration('P7D', 'window of starts of a request that names none'),
    cores: Type.Integer({ minimum: 1, default: 1 }),
    memory: Type.Integer({ minimum: 1, default: 1, description: 'GiB' }),
  }, { ...closed, default: {} }),
  costs: costsSchema,
  limits: limitsSchema,
  sessions: Type.Object({
    lease: positiveDuration('PT20S', 'after a crash of one replica another goes on with its sessions after at most this long'),
    poll: positiveDuration('PT1S', 'between two looks at what runs'),
  }, { ...closed, default: {} }),
  platforms: Type.Array(named('platform'), { default: [] }),
  data: Type.Array(named('data resolver'), { default: [] }),
  pools: poolsSchema,
  policies: Type.Array(policy, { default: [] }),
  calendar: Type.Array(configuredEntry, { default: [], description: 'changes of capacity, made at start where no entry has the name; see docs/calendar.md' }),
  logs: Type.Object({
    level: logLevel,
    keep: Type.String({ format: 'byte-size', default: '1 MiB', description: 'most output kept of a finished session' }),
  }, { ...closed, default: {} }),
}, { ...closed, title: 'execution-broker node', $schema: 'https://json-schema.org/draft/2020-12/schema' });

export type NodeConfig = Static<typeof nodeConfigSchema>;
