import type { Requester } from '#model';

/**
 * The bearer tokens that requesters came with, for rules that show them to services of the same realm. Known as long as the request
 * is: nothing is stored. Who is spoken for by somebody else has none, and a personal access token of ours is shown to nobody.
 */
export class OwnTokens {
  private readonly tokens = new WeakMap<Requester, string>();

  note(requester: Requester, { authorization, onBehalfOf }: { readonly authorization?: string | undefined; readonly onBehalfOf?: unknown }): Requester {
    const isIssuers = onBehalfOf === undefined && requester.origin?.credential === 'bearer';
    const token = isIssuers ? /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1] : undefined;
    if (token !== undefined) this.tokens.set(requester, token);
    return requester;
  }

  of(requester: Requester): string | undefined {
    return this.tokens.get(requester);
  }
}
