/** How a request came here through aggregators, as they say in headers. */
export interface Passage {
  /** The same for every copy of one request. */
  readonly requestId: string;
  /** Names of the aggregators, the first one first. */
  readonly hops: readonly string[];
}

export const passageHeaders = { requestId: 'eb-request-id', hops: 'eb-hops' } as const;

const mostHops = 32;
const word = /^[\w.:-]{1,64}$/;

/** Undefined for a request that came from a client itself. What can't be read counts as not sent. */
export function readPassage(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Passage | undefined {
  const text = (name: string): string => [headers[name] ?? ''].flat().join(',');
  const hops = text(passageHeaders.hops);
  if (hops === '') return undefined;
  const requestId = text(passageHeaders.requestId);
  const known = hops.split(',').map((hop) => hop.trim()).filter((hop) => word.test(hop)).slice(0, mostHops);
  return word.test(requestId) && known.length > 0 ? { requestId, hops: known } : undefined;
}
