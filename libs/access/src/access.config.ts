/** What the configuration says of identity: one schema for nodes and aggregators. */
import { Type } from '@sinclair/typebox';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { allRoles, allScopes } from '#model';
import { duration, secretFor } from '#runtime';

const closed = { additionalProperties: false } as const;
const texts = (description: string, byDefault: readonly string[]) => Type.Array(Type.String({ minLength: 1 }), { default: [...byDefault], description });
const realm = (description: string) => Type.String({ pattern: '^(?!(?:local|anonymous)$)[a-z0-9][a-z0-9-]{0,62}$', description });

/** `none` and the symmetric ones can't be written: whoever knows a public key could sign with them. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const account = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9._@-]{1,64}$' }),
  password: secretFor('a secret'),
  roles: Type.Array(Type.Union(allRoles.map((role) => Type.Literal(role))), { default: ['user'] }),
  groups: Type.Optional(Type.Array(Type.String())),
}, closed);

const roleRule = Type.Object({
  role: Type.Union(allRoles.map((role) => Type.Literal(role))),
  groups: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  subjects: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'values of sub; that of a service account is its client' })),
  scopes: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  claim: Type.Optional(Type.Object({ name: Type.String({ minLength: 1 }), value: Type.String({ minLength: 1 }) }, closed)),
}, { ...closed, description: 'a role for whoever fits any of these' });

const issuer = Type.Object({
  issuer: Type.String({ format: 'uri', description: 'exactly as its tokens say it in iss, slash at the end included' }),
  realm: realm('what this node calls its people by; part of their identity, so never change it. Not local, not anonymous'),
  audience: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], { description: 'who tokens must be made for (aud): this node' }),
  jwksUri: Type.Optional(Type.String({ format: 'uri', description: 'where its keys are; default: where its discovery document says' })),
  algorithms: Type.Array(Type.Union(algorithms.map((one) => Type.Literal(one))), { default: ['RS256', 'ES256'], minItems: 1, description: 'asymmetric ones only' }),
  types: Type.Array(Type.String(), { default: ['at+jwt', 'jwt', ''], description: "values of the header typ; '' stands for none" }),
  clockTolerance: duration('PT30S', 'by how much clocks may differ'),
  groupClaims: texts('claims that groups are read from', ['wlcg.groups', 'groups', 'entitlements', 'eduperson_entitlement']),
  nameClaims: texts('claims that the shown name is read from, the first that is there', ['name', 'preferred_username']),
  requiredScopes: texts('scopes without which a token is refused', []),
  scopeMeaning: Type.Record(Type.String(), Type.Array(Type.Union(allScopes.map((scope) => Type.Literal(scope)))), { default: {}, description: 'what other scopes stand for here' }),
  withoutScopes: Type.Union([Type.Literal('nothing'), Type.Literal('everything')], { default: 'nothing', description: 'what tokens without any compute scope allow' }),
  roles: Type.Array(roleRule, { default: [], description: 'everybody is a user; rules give more' }),
  keysRefreshedAfter: duration('PT10M', 'age at which its keys are fetched anew, behind the answers'),
  keysTrustedFor: duration('P1D', 'how long known keys are trusted while it cannot be reached; then its tokens are refused'),
  login: Type.Optional(Type.Object({
    clientId: Type.String({ minLength: 1, description: 'public client that eb login uses' }),
    scopes: texts('scopes that eb login asks for', ['openid', 'offline_access', ...allScopes]),
    resource: Type.Optional(Type.String({ minLength: 1, description: 'parameter resource (RFC 8707), where the issuer makes tokens for a resource' })),
    audience: Type.Optional(Type.String({ minLength: 1, description: 'parameter audience, where the issuer takes one (INDIGO IAM)' })),
    exchangeFor: Type.Optional(Type.String({ minLength: 1, description: 'audience that the token is exchanged for afterwards (RFC 8693)' })),
  }, closed)),
}, closed);

const forwardedRealm = Type.Union([
  realm('one that both call alike'),
  Type.Object({ theirs: Type.String({ minLength: 1, maxLength: 63 }), ours: realm('what this node calls it') }, closed),
]);

const aggregator = Type.Object({
  issuer: Type.String({ minLength: 1, maxLength: 256, description: 'its identifier: iss of its assertions' }),
  jwks: Type.Optional(Type.String({ format: 'uri', description: 'where its public keys are, for example https://aggregator.example.org/federation/jwks.json' })),
  jwksFile: Type.Optional(Type.String({ minLength: 1, description: 'the same as a file; read anew every ten minutes' })),
  realms: Type.Array(forwardedRealm, { minItems: 1, description: 'whom it may speak for' }),
  caller: Type.Optional(Type.String({ minLength: 1, description: 'who must have logged in to send its assertions, for example local:aggregator' })),
}, closed);

/** The members of the section `access` that nodes and aggregators share. */
export const identityProperties = {
  accounts: Type.Array(account, { default: [], description: 'accounts made at start where they are missing' }),
  issuers: Type.Array(issuer, { default: [], description: 'whose bearer tokens are accepted; see docs/access.md' }),
  addresses: Type.Array(Type.String({ format: 'uri' }), { default: [], description: 'where aggregators reach this node, besides http.publicUrl: assertions made for it name one of these' }),
  onBehalf: Type.Array(aggregator, { default: [], description: 'aggregators that may speak for others' }),
  audit: Type.Object({
    enabled: Type.Boolean({ default: true, description: 'record who did what; docs/access.md says what and how it is verified' }),
    key: Type.Optional(secretFor('key of the chain of the audit record; who can write into the database but lacks it can\'t mend a broken chain')),
    keep: Type.Optional(Type.String({ format: 'iso-duration', description: 'how long entries are kept, a day at least; left out: for ever. Older ones are pruned every hour, after an entry that says so' })),
    most: Type.Optional(Type.Integer({ minimum: 1_000, description: 'how many of the newest entries are kept at most; left out: all' })),
  }, { ...closed, default: {} }),
  tokens: Type.Object({
    enabled: Type.Boolean({ default: true, description: 'people may make personal access tokens' }),
    longest: duration('P90D', 'longest life of one'),
    most: Type.Integer({ minimum: 1, default: 50, description: 'most of one owner' }),
  }, { ...closed, default: {} }),
} satisfies Record<string, TSchema>;

/** Without the accounts, which are only read once, at start. */
export type IdentityConfig = Static<TObject<Omit<typeof identityProperties, 'accounts'>>>;

/** For whoever opens the database. */
export function auditKeyOf({ key }: IdentityConfig['audit']): { readonly auditKey?: string } {
  return typeof key === 'string' ? { auditKey: key } : {};
}
