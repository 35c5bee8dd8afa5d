/** Sections of the configuration that are about members: who they are, where more of them stand, and who we are there. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { positiveDuration, secret } from '#runtime';

const closed = { additionalProperties: false } as const;
const url = (description: string) => Type.String({ format: 'uri', pattern: '^https?://', description });

const client = {
  issuer: Type.Optional(url('authorization server; its metadata say where tokens are given out')),
  tokenUrl: Type.Optional(url('where tokens are given out, instead of issuer')),
  clientId: Type.String({ minLength: 1 }),
  clientSecret: secret,
  scope: Type.Optional(Type.String({ minLength: 1 })),
  audience: Type.Optional(Type.String({ minLength: 1, description: 'what the member expects in aud' })),
};

const ownCredentials = [
  Type.Object({ basic: Type.Object({ user: Type.String({ minLength: 1 }), password: secret }, closed) }, closed),
  Type.Object({ bearerFile: Type.String({ minLength: 1, description: 'file with a token; read for each call, so it may be renewed' }) }, closed),
  Type.Object({ clientCredentials: Type.Object(client, closed) }, closed),
  Type.Object({
    exchange: Type.Object({
      ...client,
      realms: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'requesters of these realms have their tokens exchanged; nobody else has' }),
      // Optional and not by default: defaults are not filled in below a union.
      otherwise: Type.Optional(Type.Union([Type.Literal('refuse'), Type.Literal('client')], { description: 'for others: refuse (not asked there, the default), or client (with a token of our own)' })),
    }, closed),
  }, closed),
];

export const credentialsSchema = Type.Union(ownCredentials, { description: 'how we say who we are' });
const chosenCredentials = Type.Union([Type.String({ minLength: 1, description: 'name of an entry of credentials' }), ...ownCredentials]);

const manner = {
  credentials: Type.Optional(chosenCredentials),
  onBehalf: Type.Boolean({ default: false, description: 'tell it for whom we speak, in a signed assertion (access.onBehalf there)' }),
  audience: Type.Optional(url('how the member calls itself, where that is not the url that we call: what assertions are made for')),
};

export const memberSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'shown in messages, kept in the database: never change it while its sessions run' }),
  url: url('where the member listens'),
  ...manner,
  exposure: Type.Union([Type.Literal('proxy'), Type.Literal('expose')], { default: 'proxy', description: "proxy: none of the member's host names leaves us; expose: offers carry its own URLs" }),
  hiddenHosts: Type.Array(Type.String({ minLength: 1 }), { default: [], description: 'host names that stay inside besides that of the url; *.site.example for all below it' }),
  gateway: Type.Optional(url("where the site's gateway shows connectors of hidden hosts; left out: they are not shown")),
}, closed);

export const registerSchema = Type.Object({
  url: url('document that names members; looked at now and then'),
  form: Type.Union([Type.Literal('members'), Type.Literal('site-capabilities')], { default: 'members', description: 'our own form, or that of the SRCNet Site Capabilities API' }),
  service: Type.String({ default: 'execution-broker', description: 'type of the services that are brokers, in a Site Capabilities document' }),
  every: positiveDuration('PT5M', 'between two looks'),
  identity: Type.Optional(chosenCredentials),
  members: Type.Object(manner, { ...closed, default: {}, description: 'who we are at the members that it names' }),
}, closed);

export type MemberConfig = Static<typeof memberSchema>;
export type RegisterConfig = Static<typeof registerSchema>;
export type CredentialsConfig = Static<typeof credentialsSchema>;
export type ChosenCredentials = Static<typeof chosenCredentials>;
