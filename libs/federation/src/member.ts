import type { Instant, Milliseconds } from '#model';

/** One broker under this aggregator, as the configuration describes it. */
export interface Member {
  /** Known by this in messages and in the store: it must stay the same over restarts. */
  readonly name: string;
  readonly url: string;
  /** `proxy`: no host name of the member leaves the aggregator. `expose`: its texts and connectors pass unchanged. */
  readonly exposure: 'proxy' | 'expose';
  /** Host names that stay inside besides that of `url`; `*.site.example` stands for all below it. */
  readonly hiddenHosts: readonly string[];
  /** Where an operator's gateway shows this member's connectors; without one, connectors at hidden hosts are left out. */
  readonly gateway?: string;
  /** Value of the Authorization header, read anew for each call, so that tokens in files may change. */
  authorization(): Promise<string | undefined>;
}

/** What one ask carries through a tree of aggregators, in the headers below. */
export interface Trail {
  /** The same for every copy of one request. */
  readonly requestId?: string;
  /** Names of the aggregators that it came through. */
  readonly hops: readonly string[];
  /** How long the asker waits for us. */
  readonly patience?: Milliseconds;
}

export const noTrail: Trail = { hops: [] };

const names = { requestId: 'eb-request-id', hops: 'eb-hops', patience: 'eb-patience-ms' } as const;
const mostHops = 32;
const word = /^[\w.:-]{1,64}$/;

/** Reads the headers of a request that came; what can't be read counts as not sent. */
export function readTrail(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Trail {
  const text = (name: string): string => [headers[name] ?? ''].flat().join(',');
  const requestId = text(names.requestId);
  const patience = Number(text(names.patience));
  return {
    hops: text(names.hops).split(',').map((hop) => hop.trim()).filter((hop) => word.test(hop)).slice(0, mostHops),
    ...(word.test(requestId) ? { requestId } : {}),
    ...(Number.isSafeInteger(patience) && patience > 0 ? { patience } : {}),
  };
}

export function writeTrail({ requestId, hops, patience }: Trail): Record<string, string> {
  return {
    [names.hops]: hops.join(','),
    ...(requestId === undefined ? {} : { [names.requestId]: requestId }),
    ...(patience === undefined ? {} : { [names.patience]: String(Math.max(1, Math.floor(patience))) }),
  };
}

/** When a member answered last, for health checks. */
export interface MemberHealth { readonly name: string; readonly up: boolean; readonly failures: number; readonly since?: Instant }
