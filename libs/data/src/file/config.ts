import { isAbsolute } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { ConfigFault } from '#plugin-sdk';
import { withDefaults } from '../config.js';

export const fileSchema = Type.Object({
  roots: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'folders that file:// URLs may point into; absolute' }),
  maxBytes: Type.Integer({ minimum: 1, default: 1024 ** 4, description: 'largest file that is brought' }),
  bandwidth: Type.Number({ exclusiveMinimum: 0, default: 200, description: 'MiB per second, for estimates' }),
}, { additionalProperties: false });

export type FileConfig = Static<typeof fileSchema>;

export function parseFileConfig(raw: unknown): FileConfig {
  const config = withDefaults(fileSchema, raw);
  config.roots.forEach((root, i) => {
    if (!isAbsolute(root)) throw new ConfigFault(`roots.${i}`, `'${root}' is not absolute`, 'write the whole path from /');
  });
  return config;
}
