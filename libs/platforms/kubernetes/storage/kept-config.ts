/** Configuration of storage that outlives sessions. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';

const optional = Type.Optional;

export const keptSchema = Type.Object({
  class: Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$', maxLength: 63, description: 'storage class; one with reclaimPolicy Delete gives back what owners remove' }),
  size: Type.Integer({ minimum: 1, description: 'GiB that are set aside for it' }),
  longest: optional(Type.String({ description: 'ISO 8601; kept at most so long after its last session; P90D' })),
  mode: optional(Type.Union([Type.Literal('ReadWriteOnce'), Type.Literal('ReadWriteMany'), Type.Literal('ReadWriteOncePod')], { description: 'ReadWriteMany lets several sessions read at a time; ReadWriteOnce' })),
}, { additionalProperties: false, description: 'storage that its owners find again by name after a session (kind persistent-storage)' });

export interface KeptConfig { readonly class: string; readonly size: number; readonly longest: Milliseconds; readonly mode: string }

export function keptOf(given: Static<typeof keptSchema> | undefined): KeptConfig | undefined {
  if (given === undefined) return undefined;
  const longest = parseDuration(given.longest ?? 'P90D', 0);
  if (!longest.ok) throw new ConfigFault('kept.longest', longest.fault, 'write for example P90D');
  return { class: given.class, size: given.size, longest: longest.value, mode: given.mode ?? 'ReadWriteOnce' };
}
