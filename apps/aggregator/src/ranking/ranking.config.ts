/** Section `federation.ranking`: one of the usual orders, or a plugin that goes before it. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { lengthOf } from '#runtime';

const orders = [Type.Literal('earliest'), Type.Literal('cheapest')];

/** Keys of the plugin stand beside these; its own schema checks them. */
const pluginSchema = Type.Object({
  type: Type.Optional(Type.String({ minLength: 1, description: 'which ranking of this build' })),
  plugin: Type.Optional(Type.String({ minLength: 1, description: 'instead of type: a package with a ranking, for example @site/our-ranking' })),
  within: Type.Optional(Type.String({ format: 'iso-duration', pattern: '[1-9]', description: 'longest time for the scores, which is taken off the time that members have; PT0.25S' })),
  otherwise: Type.Optional(Type.Union(orders, { description: 'the usual order, among equal scores and where the ranking fails; earliest' })),
}, { additionalProperties: true });

export const rankingSchema = Type.Union([...orders, pluginSchema], { default: 'earliest', description: 'which offers come first; equal ones take turns' });

export type RankingConfig = Static<typeof rankingSchema>;
type RankingPluginConfig = Static<typeof pluginSchema>;

/** Keys of the section that are not the plugin's. */
export const ownKeys = ['type', 'plugin', 'within', 'otherwise'];

/** The usual order of a configuration. */
export function orderOf(ranking: RankingConfig): 'earliest' | 'cheapest' {
  return typeof ranking === 'string' ? ranking : ranking.otherwise ?? 'earliest';
}

/** How long a plugin may take. */
export function timeOf({ within }: RankingPluginConfig): Milliseconds {
  return lengthOf(within ?? 'PT0.25S');
}
