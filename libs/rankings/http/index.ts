import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { formatInstant, realmOf } from '#model';
import { askJson, ConfigFault, secret } from '#plugin-sdk';
import type { OfferRanking, OfferScores, OfferToRank, RankingAsk, RankingHost, RankingPlugin } from '#plugin-sdk';

const closed = { additionalProperties: false } as const;

export const httpRankingSchema = Type.Object({
  url: Type.String({ pattern: '^https?://', description: "OPA's data API of the scores: http://127.0.0.1:8181/v1/data/broker/ranking/scores" }),
  token: Type.Optional(secret('sent as bearer token')),
}, closed);

export interface HttpRankingConfig { readonly url: string; readonly token: string | undefined }

/** The aggregator's own limit ends the wait; this one ends the call that nobody waits for any more. */
const longestCall = 5_000;

/** An engine beside the aggregator gives the scores; see README.md. */
export const httpRanking: RankingPlugin<HttpRankingConfig> = {
  name: 'http',
  schema: httpRankingSchema,
  parseConfig(raw) {
    const { url, token } = raw as Static<typeof httpRankingSchema>;
    if (!URL.canParse(url)) throw new ConfigFault('url', 'is no URL', 'write for example http://127.0.0.1:8181/v1/data/broker/ranking/scores');
    if (new URL(url).username !== '') throw new ConfigFault('url', 'has credentials in it', 'write them as token: {env: NAME} or {file: PATH}');
    return { url, token: token as string | undefined };
  },
  create: (config, host): OfferRanking => ({ score: (offers, ask) => score(config, host, inputOf(offers, ask)) }),
};

async function score({ url, token }: HttpRankingConfig, host: RankingHost, input: unknown): Promise<OfferScores> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return scoresOf(await askJson(host, { url, within: longestCall, headers, body: { input } }));
}

/** OPA's data API: `{"result": {"0": 3.5, …}}`. Whether each offer has a number is judged by who asked. */
function scoresOf(document: unknown): OfferScores {
  const { result } = (document ?? {}) as { readonly result?: unknown };
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw new TypeError('the engine gave no object of scores as its result');
  return new Map(Object.entries(result));
}

/** What the engine gets as `input`; documented in README.md, and only ever added to. */
function inputOf(offers: readonly OfferToRank[], { requester, request, now }: RankingAsk): unknown {
  const { id, groups, roles } = requester;
  const { executable, data = [] } = request;
  return {
    now: formatInstant(now), requester: { id, realm: realmOf(requester), groups, roles },
    request: { kind: executable?.kind ?? null, images: executable?.image?.locations ?? [], data: data.map(({ location, endpoint }) => location ?? endpoint ?? null) },
    offers: offers.map(({ key, member, start, duration, preparing, cores, memory, cost, costs }) => ({
      key, member, start: formatInstant(start.start), latest: formatInstant(start.end), wait: Math.max(0, start.start - now) / 1_000, duration: duration / 1_000, preparing: preparing / 1_000,
      cores: cores ?? null, memory: memory ?? null, cost: cost ?? null, costs,
    })),
  };
}
