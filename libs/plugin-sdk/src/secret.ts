import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });

/** A secret in the configuration of a plugin, which gets it as text: written in place (only for trials), or where it is. `description`: what it is for. */
export const secret = (description: string) => Type.Union(
  [text, Type.Object({ env: text }, closed), Type.Object({ file: text }, closed)],
  { 'x-secret': true, description },
);
