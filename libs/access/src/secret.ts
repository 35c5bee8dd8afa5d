import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;

/** A secret in a configuration: written in place (only for trials), or where it is. */
export const secret = (what: string) => Type.Union(
  [Type.String({ minLength: 1 }), Type.Object({ env: Type.String({ minLength: 1 }) }, closed), Type.Object({ file: Type.String({ minLength: 1 }) }, closed)],
  { 'x-secret': true, description: `${what}: {env: NAME}, {file: PATH}, or the text itself for trials` },
);
