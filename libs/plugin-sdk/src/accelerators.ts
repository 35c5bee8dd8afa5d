/** How configurations name accelerators: one form for every platform, to which each adds what its own system calls them. */
import { Type } from '@sinclair/typebox';
import type { AcceleratorType } from '#model';
import { isAcceleratorName } from '#model';
import { ConfigFault } from './config-schema.js';

export const acceleratorProperties = {
  type: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9._:/#-]*$', maxLength: 200, description: 'word or URI that requests, policies, prices and capacity use' }),
  aliases: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { description: 'other words and URIs of requests that mean it' })),
  memory: Type.Optional(Type.Integer({ minimum: 1, description: 'GiB of each; without it, requests that want some get a NO' })),
};

interface Given { readonly type: string; readonly aliases?: readonly string[]; readonly memory?: number }

/** Throws ConfigFault for a word that means something else, or is there twice. */
export function readAccelerators(given: readonly Given[], path = 'accelerators'): readonly AcceleratorType[] {
  const seen = new Set<string>();
  return given.map(({ type, aliases = [], memory }, index) => {
    if (!isAcceleratorName(type)) throw new ConfigFault(`${path}.${index}.type`, `'${type}' is another resource`, 'choose another word, for example nvidia-a100');
    for (const [place, word] of [type, ...aliases].entries()) {
      const at = place === 0 ? `${path}.${index}.type` : `${path}.${index}.aliases.${place - 1}`;
      if (seen.has(word)) throw new ConfigFault(at, `'${word}' is there twice`, 'let each word mean one type');
      seen.add(word);
    }
    return { type, aliases, ...(memory === undefined ? {} : { memory }) };
  });
}
