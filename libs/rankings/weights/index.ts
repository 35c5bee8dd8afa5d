import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { OfferRanking, OfferToRank, RankingPlugin } from '#plugin-sdk';

const weight = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1e6, description }));

export const weightsSchema = Type.Object({
  wait: weight('taken away for each hour until the start; default 1'),
  cost: weight('taken away for each unit of money; default 0'),
  preparing: weight('taken away for each hour of preparation, as for data that has to be brought; default 0'),
  members: Type.Optional(Type.Record(Type.String(), Type.Number({ minimum: -1e6, maximum: 1e6 }), { description: 'added to the offers of a member, by its name' })),
}, { additionalProperties: false });

interface Weights { readonly wait: number; readonly cost: number; readonly preparing: number; readonly members: Readonly<Record<string, number>> }

const hour = 3_600_000;

/** A weighted sum of what an offer makes its client wait and pay; see README.md. */
export const weightsRanking: RankingPlugin<Weights> = {
  name: 'weights',
  schema: weightsSchema,
  parseConfig(raw) {
    const { wait = 1, cost = 0, preparing = 0, members = {} } = raw as Static<typeof weightsSchema>;
    return { wait, cost, preparing, members };
  },
  create: (weights): OfferRanking => ({
    score: (offers, { now }) => {
      // Whoever names no price is taken for the dearest: it shall gain nothing by that.
      const dearest = Math.max(0, ...offers.map(({ cost = 0 }) => cost));
      return Promise.resolve(new Map(offers.map((one) => [one.key, scoreOf(one, weights, { now, dearest })])));
    },
  }),
};

function scoreOf({ member, start, preparing, cost }: OfferToRank, weights: Weights, { now, dearest }: { readonly now: number; readonly dearest: number }): number {
  const bonus = Object.hasOwn(weights.members, member) ? weights.members[member] ?? 0 : 0;
  return bonus - weights.wait * Math.max(0, start.start - now) / hour - weights.cost * (cost ?? dearest) - weights.preparing * preparing / hour;
}
