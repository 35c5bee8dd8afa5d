import { passageHeaders } from '#model';
import type { Instant, Milliseconds, Requester } from '#model';

/** Who is spoken for at a member. */
export interface Actor {
  readonly requester: Requester;
  /** The token that came with the request that is served now; it is never kept. */
  readonly bearer?: string;
}

/** Where a broker is, and what of it is shown. */
export interface MemberDescription {
  /** Known by this in messages and in the store: it must stay the same over restarts. */
  readonly name: string;
  readonly url: string;
  /** `proxy`: no host name of the member leaves the aggregator. `expose`: its texts and connectors pass unchanged, and clients go to its sessions. */
  readonly exposure: 'proxy' | 'expose';
  /** Host names that stay inside besides that of `url`; `*.site.example` stands for all below it. */
  readonly hiddenHosts: readonly string[];
  /** Where an operator's gateway shows this member's connectors; without one, connectors at hidden hosts are left out. */
  readonly gateway?: string;
}

/** One broker under this aggregator. */
export interface Member extends MemberDescription {
  /** Headers that say who we are and for whom we speak; made anew for each call, so that tokens may change. */
  identify(actor: Actor | undefined): Promise<Readonly<Record<string, string>>>;
  /** Whether the requester is known there as themselves; else, and where this is left out, everybody is us. */
  knows?(actor: Actor): boolean;
}

/** Where an exposed member shows a session to clients; undefined of others. */
export function homeOf({ exposure, url }: Member, uuid: string): string | undefined {
  return exposure === 'expose' ? `${url.replace(/\/+$/, '')}/sessions/${uuid}` : undefined;
}

/** What one ask carries through a tree of aggregators, in the headers below. */
export interface Trail {
  /** The same for every copy of one request. */
  readonly requestId?: string;
  /** Names of the aggregators that it came through. */
  readonly hops: readonly string[];
  /** How long the asker waits for us. */
  readonly patience?: Milliseconds;
  /** The token that the request came with. It goes to nobody: it may be exchanged for a member's own. */
  readonly bearer?: string;
}

export const noTrail: Trail = { hops: [] };

const names = { ...passageHeaders, patience: 'eb-patience-ms' } as const;
const mostHops = 32;
const word = /^[\w.:-]{1,64}$/;

/** Reads the headers of a request that came; what can't be read counts as not sent. */
export function readTrail(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Trail {
  const text = (name: string): string => [headers[name] ?? ''].flat().join(',');
  const requestId = text(names.requestId);
  const patience = Number(text(names.patience));
  const bearer = /^Bearer +([\w.~+/=-]+)$/i.exec(text('authorization'))?.[1];
  return {
    hops: text(names.hops).split(',').map((hop) => hop.trim()).filter((hop) => word.test(hop)).slice(0, mostHops),
    ...(word.test(requestId) ? { requestId } : {}),
    ...(Number.isSafeInteger(patience) && patience > 0 ? { patience } : {}), ...(bearer === undefined ? {} : { bearer }),
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
