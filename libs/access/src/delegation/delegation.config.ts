/** What the configuration says of credentials that people leave with the node. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { secretFor } from '#runtime';

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description });

export const delegateSchema = Type.Optional(Type.Object({
  keys: Type.Array(Type.Object({
    id: name('written beside what it has sealed'),
    key: secretFor('32 bytes as base64, for example from openssl rand -base64 32'),
  }, closed), { minItems: 1, description: 'the first seals, all of them open: put a new one before the others, and take an old one away when the sessions of its time are over' }),
  services: Type.Array(Type.Object({
    name: name('what sections of data call it'),
    realm: Type.String({ minLength: 1, description: 'realm of the issuer whose tokens are exchanged' }),
    tokenUrl: Type.Optional(Type.String({ format: 'uri', description: 'where tokens are exchanged (RFC 8693); default: where the issuer says' })),
    clientId: Type.String({ minLength: 1, description: 'client of this node that may exchange' }),
    clientSecret: secretFor('its secret'),
    audience: Type.Optional(Type.String({ minLength: 1, description: 'the service that tokens are made for' })),
    scope: Type.Optional(Type.String({ minLength: 1, description: 'what tokens may do; with offline_access they can be renewed for sessions that start later' })),
  }, closed), { minItems: 1 }),
}, { ...closed, description: 'tokens of requesters for services that their data comes from; docs/access.md' }));

export type DelegateConfig = NonNullable<Static<typeof delegateSchema>>;
