import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { formatDuration, formatInstant, parseDuration, realmOf, reason } from '#model';
import type { Ask, Policy, PolicyHost, PolicyPlugin, Verdict } from '#plugin-sdk';
import { askJson, ConfigFault, secret } from '#plugin-sdk';
import { verdictOf } from './answer.js';

export const httpSchema = Type.Object({
  url: Type.String({ pattern: '^https?://', description: "OPA's data API of the decision: http://127.0.0.1:8181/v1/data/broker/authz" }),
  within: Type.Optional(Type.String({ pattern: '^P', description: 'longest time for an answer, ISO 8601; default PT1S, at most PT4S' })),
  token: Type.Optional(secret('sent as bearer token')),
}, { additionalProperties: false });

export interface HttpPolicyConfig { readonly url: string; readonly name: string; readonly within: Milliseconds; readonly token: string | undefined }

const longestWait: Milliseconds = 4_000;

/** An engine beside the node decides; see README.md. Late, lost or strange answers deny. */
export const httpPolicy: PolicyPlugin<HttpPolicyConfig> = {
  name: 'http',
  schema: httpSchema,
  parseConfig(raw) {
    const { url, within = 'PT1S', token } = raw as Static<typeof httpSchema>;
    if (!URL.canParse(url)) throw new ConfigFault('url', 'is no URL', 'write for example http://127.0.0.1:8181/v1/data/broker/authz');
    if (new URL(url).username !== '') throw new ConfigFault('url', 'has credentials in it', 'write them as token: {env: NAME} or {file: PATH}');
    const parsed = parseDuration(within, 0);
    if (!parsed.ok || parsed.value <= 0 || parsed.value > longestWait) throw new ConfigFault('within', parsed.ok ? 'is zero or too long' : parsed.fault, 'write a duration up to PT4S');
    return { url, name: new URL(url).host, within: parsed.value, token: token as string | undefined };
  },
  create: (config, host): Policy => ({ judge: (ask) => judge(ask, config, host) }),
};

async function judge(ask: Ask, { url, name, within, token }: HttpPolicyConfig, host: PolicyHost): Promise<Verdict> {
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return verdictOf(await askJson(host, { url, within, headers, body: { input: inputOf(ask, host.clock.now()) } }), name);
  } catch (error) {
    host.log.error('a policy engine could not be asked, so it denies', { engine: name, error: String(error) });
    return { kind: 'deny', reason: reason('engine-away', '{engine} could not be asked, which is a denial: {why}', { engine: name, why: firstLine(error) }, { level: 'ERROR' }) };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 120) ?? '';
}

/** What the engine gets as `input`; documented in README.md, and only ever added to. */
export function inputOf({ requester, request, need, duration, window, moment, pool }: Ask, now: number): unknown {
  const { id, groups, scopes, roles } = requester;
  const { executable, data = [] } = request;
  return {
    moment, pool: pool ?? null, now: formatInstant(now),
    requester: { id, realm: realmOf(requester), groups, scopes: scopes ?? null, roles },
    request: { kind: executable?.kind ?? null, images: executable?.image?.locations ?? [], data: data.map(({ location, endpoint }) => location ?? endpoint ?? null) },
    min: need.min, max: need.max,
    duration: { min: duration.min / 1000, max: duration.max / 1000, longest: formatDuration(duration.max) },
    window: { start: formatInstant(window.start), end: formatInstant(window.end) },
  };
}
