/** The contract of a resolver of data resources: where the data is, how big, how long it takes, and a stream of it. */
import type { Readable } from 'node:stream';
import type { Clock, DataResource, Kind, Log, Milliseconds, Reason, ResolvedData } from '#model';
import type { ConfigSchema } from './config-schema.js';

export interface DataResolver {
  /** Kinds that it may answer for. */
  readonly kinds: readonly Kind[];
  /** True when this resolver answers for the resource (by URL scheme, for example). */
  claims(resource: DataResource): boolean;
  /** The service of `access.delegate` whose tokens the source of the resource wants to see; undefined: none. */
  serviceOf?(resource: DataResource): string | undefined;
  /** Looks it up without bringing it; bounded time. What can't be looked up now is estimated, with a warning. `token`: the requester's for that service; never to be kept or told. */
  resolve(resource: DataResource, token?: string): Promise<Resolution>;
  /** Opens the resource; the caller verifies size and checksum. Throws BrokerError. */
  open(data: ResolvedData, signal: AbortSignal, token?: string): Promise<{ readonly stream: Readable; readonly bytes?: number }>;
}

export type Resolution =
  | { readonly found: true; readonly locations: readonly string[]; readonly bytes?: number; readonly checksum?: ResolvedData['checksum']; readonly estimate: Milliseconds; readonly fileName: string; readonly warnings: readonly Reason[] }
  | { readonly found: false; readonly reasons: readonly Reason[] };

export interface DataResolverPlugin<Config> {
  readonly name: string;
  readonly schema: ConfigSchema;
  parseConfig(raw: unknown): Config;
  create(config: Config, host: { readonly clock: Clock; readonly log: Log }): DataResolver;
}
