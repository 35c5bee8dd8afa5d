import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Requester } from '#model';
import { parseDuration, realmOf, reason } from '#model';
import type { Ask, Policy, PolicyHost, PolicyPlugin, Verdict } from '#plugin-sdk';
import { askJson, ConfigFault } from '#plugin-sdk';
import { Remembered } from './remembered.js';

const closed = { additionalProperties: false } as const;

export const permissionsSchema = Type.Object({
  url: Type.String({ pattern: '^https?://', description: 'base of the Permissions API, for example https://permissions.srcnet.skao.int/api/v1' }),
  service: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'name of this service in the policies of the federation' }),
  version: Type.Optional(Type.String({ minLength: 1, maxLength: 20, description: 'of those policies; default latest' })),
  authorise: Type.Optional(Type.Union([Type.Literal('route'), Type.Literal('plugin')], { description: 'what is asked for: a route of this service (default), or as a gatekeeper' })),
  route: Type.Optional(Type.String({ pattern: '^/', description: 'default /requests' })),
  parameters: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'path parameters of the route, for example {site: ESPSRC}' })),
  realm: Type.String({ minLength: 1, description: 'whose tokens the federation knows; others are denied, as theirs must not be shown to it' }),
  remember: Type.Optional(Type.String({ pattern: '^P', description: 'how long an answer holds, ISO 8601; default PT30S, at most PT5M' })),
}, closed);

export interface PermissionsConfig { readonly url: string; readonly parameters: Readonly<Record<string, string>>; readonly realm: string; readonly remember: Milliseconds }

const longestMemory: Milliseconds = 300_000;
const patience: Milliseconds = 3_000;

/** The federation decides by its Permissions API; see README.md. Closed when it is down. */
export const srcnetPermissionsPolicy: PolicyPlugin<PermissionsConfig> = {
  name: 'srcnet-permissions',
  schema: permissionsSchema,
  parseConfig(raw) {
    const { remember = 'PT30S', parameters = {}, realm, ...rest } = raw as Static<typeof permissionsSchema>;
    const length = parseDuration(remember, 0);
    if (!length.ok || length.value > longestMemory) throw new ConfigFault('remember', length.ok ? 'is too long to be safe' : length.fault, 'write a duration up to PT5M');
    if (!URL.canParse(rest.url)) throw new ConfigFault('url', 'is no URL', 'write for example https://permissions.srcnet.skao.int/api/v1');
    return { url: questionUrl(rest), parameters, realm, remember: length.value };
  },
  create: (config, host) => new PermissionsPolicy(config, host),
};

function questionUrl({ url, service, version = 'latest', authorise = 'route', route = '/requests' }: Pick<Static<typeof permissionsSchema>, 'url' | 'service' | 'version' | 'authorise' | 'route'>): string {
  const question = new URL(`${url.replace(/\/+$/, '')}/authorise/${authorise}/${service}`);
  question.searchParams.set('version', version);
  if (authorise === 'route') {
    question.searchParams.set('route', route);
    question.searchParams.set('method', 'POST');
  }
  return question.href;
}

class PermissionsPolicy implements Policy {
  private readonly answers: Remembered<boolean>;

  constructor(private readonly config: PermissionsConfig, private readonly host: PolicyHost) {
    this.answers = new Remembered(config.remember, () => host.clock.now());
  }

  async judge({ requester }: Ask): Promise<Verdict> {
    const token = this.tokenOf(requester);
    if (token === undefined) return { kind: 'deny', reason: reason('permissions', 'this needs a token of realm {realm}', { realm: this.config.realm }) };
    try {
      const isAllowed = await this.answers.of(token, () => this.isAuthorised(token));
      return isAllowed ? { kind: 'allow' } : { kind: 'deny', reason: reason('permissions', 'the federation does not permit this; ask for the role in {realm}', { realm: this.config.realm }) };
    } catch (error) {
      // The URL of the question has the token in it: what failed is logged without it.
      this.host.log.error('the Permissions API could not be asked, so it denies', { error: String(error).replaceAll(encodeURIComponent(token), '…').replaceAll(token, '…').slice(0, 300) });
      return { kind: 'deny', reason: reason('permissions-away', 'the federation\'s permissions can not be asked now, which is a denial', {}, { level: 'ERROR' }) };
    }
  }

  private tokenOf(requester: Requester): string | undefined {
    return realmOf(requester) === this.config.realm ? this.host.tokenOf?.(requester) : undefined;
  }

  /** The token goes into the query, because that is what the API reads: only ever over the configured URL. */
  private async isAuthorised(token: string): Promise<boolean> {
    const url = new URL(this.config.url);
    url.searchParams.set('token', token);
    const answer = await askJson(this.host, { url: url.href, body: this.config.parameters, within: patience });
    const verdict = typeof answer === 'object' && answer !== null ? (answer as { readonly is_authorised?: unknown }).is_authorised : undefined;
    if (typeof verdict !== 'boolean') throw new Error('an answer without is_authorised');
    return verdict;
  }
}
