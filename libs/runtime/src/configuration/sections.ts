/** Pieces of configuration schemas that every application has. */
import { Type } from '@sinclair/typebox';
import { secret as secretOf } from '#plugin-sdk';

const closed = { additionalProperties: false } as const;

/** A length of time, ISO 8601, that may be nothing. */
export const duration = (byDefault: string, description: string) => Type.String({ format: 'iso-duration', default: byDefault, description });

/** A length of time that is more than nothing. */
export const positiveDuration = (byDefault: string, description: string) => Type.String({ format: 'iso-duration', pattern: '[1-9]', default: byDefault, description });

/** A secret, told of with its ways to be written. `what`: what it is for. */
export const secretFor = (what: string) => secretOf(`${what}: {env: NAME}, {file: PATH}, or the text itself for trials`);

export const secret = secretFor('a secret');

/** Section `database`; `remark` is said besides what holds for all. */
export const databaseSection = (remark = '') => Type.Optional(Type.Union([
  Type.Object({ url: secret }, closed),
  Type.Object({ embedded: Type.Object({ folder: Type.Optional(Type.String()) }, closed) }, closed),
], { description: `default: DATABASE_URL of the environment, else an embedded PostgreSQL below the state folder${remark}` }));

export const logLevel = Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)), { default: 'info' });
