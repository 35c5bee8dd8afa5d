/** Datasets that have replicas at several sites: what has one at this site is there, all else comes by a rate for each GiB. */
import type { DataResource, Milliseconds, Reason, ResolvedData } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { DataResolver, DataResolverPlugin, Resolution } from '#plugin-sdk';
import { checksumOf } from '../checksum.js';
import { fileNameOf } from '../file-name.js';
import { HttpClient } from '../http/http.client.js';
import { httpPlugin } from '../http/http.resolver.js';
import { tooLarge } from '../size-limit.js';
import { parseReplicasConfig, replicasSchema } from './config.js';
import type { Dataset, Replica, ReplicasConfig } from './config.js';

export const replicasPlugin: DataResolverPlugin<ReplicasConfig> = {
  name: 'replicas',
  schema: replicasSchema,
  parseConfig: parseReplicasConfig,
  create: (config, host) => new ReplicasResolver(config, httpPlugin.create(config.http, host)),
};

const gibibyte = 2 ** 30;

class ReplicasResolver implements DataResolver {
  readonly kinds = [kinds.skaoData, kinds.rucioData];
  private readonly client: HttpClient;

  constructor(private readonly config: ReplicasConfig, private readonly http: DataResolver) {
    this.client = new HttpClient(config.http);
  }

  claims({ kind }: DataResource): boolean {
    return this.kinds.some((one) => one === kind);
  }

  /** No look-up of anything: a catalogue that is asked at every offer would be the slowest part of it. */
  resolve(resource: DataResource): Promise<Resolution> {
    const wanted = this.completed(datasetOf(resource));
    const [nearest, ...others] = this.nearestFirst(wanted.replicas);
    const { checksum, fault } = checksumOf({ ...resource, ...checksumIn(resource) });
    const refusal = fault ?? this.refusalOf(wanted, nearest);
    if (refusal) return Promise.resolve({ found: false, reasons: [refusal] });
    const from = nearest as Replica;
    const { bytes } = wanted;
    return Promise.resolve({
      found: true, locations: [from, ...others].map(({ location }) => location), fileName: fileNameOf(wanted.name.slice(wanted.name.indexOf(':') + 1)),
      estimate: this.timeFrom(from, bytes), warnings: this.isGuess(from, bytes) ? [guessed(wanted.name)] : [], ...(bytes === undefined ? {} : { bytes }), ...(checksum ? { checksum } : {}),
    });
  }

  /** The nearest that can be reached now. */
  async open(data: ResolvedData, signal: AbortSignal): ReturnType<DataResolver['open']> {
    for (const [index, location] of data.locations.entries()) {
      try {
        return await this.http.open({ ...data, locations: [location] }, signal);
      } catch (error) {
        const isLast = index === data.locations.length - 1;
        if (isLast || signal.aborted || !(error instanceof BrokerError)) throw error;
      }
    }
    throw new BrokerError('unavailable', 'caller', [reason('data-not-found', 'there is no replica of {name} left', { name: data.fileName })]);
  }

  /** With what the table knows. */
  private completed(wanted: Dataset): Dataset {
    const known = this.config.datasets.get(wanted.name);
    return known ? { ...wanted, bytes: known.bytes ?? wanted.bytes, replicas: [...known.replicas, ...wanted.replicas] } : wanted;
  }

  private isGuess({ site }: Replica, bytes: number | undefined): boolean {
    return bytes === undefined && site !== this.config.site;
  }

  private refusalOf({ name, bytes }: Dataset, nearest: Replica | undefined): Reason | undefined {
    if (name === '') return reason('missing', '{path}: it is not said which dataset is meant; write both', {}, { path: 'skao.namespace and objectname, or rucio.scope and object' });
    if (!nearest) return reason('data-not-found', "no replica of '{name}' is known that this node could fetch", { name }, { path: 'skao.replicas' });
    const { maxBytes } = this.config.http;
    return bytes !== undefined && bytes > maxBytes ? tooLarge(bytes, maxBytes) : undefined;
  }

  /** Those that may be fetched, each once. */
  private nearestFirst(replicas: readonly Replica[]): readonly Replica[] {
    const usable = new Map(replicas.filter(({ location }) => /^https?:/i.test(location) && this.client.refusal(location) === undefined).map((one) => [one.location, one]));
    return [...usable.values()].sort((a, b) => this.rateOf(a) - this.rateOf(b));
  }

  private timeFrom(replica: Replica, bytes: number | undefined): Milliseconds {
    const { delay, site, defaultEstimate } = this.config;
    if (replica.site === site) return delay;
    return delay + (bytes === undefined ? defaultEstimate : Math.ceil((bytes / gibibyte) * this.rateOf(replica) * 1_000));
  }

  private rateOf({ site }: Replica): number {
    const { sites, secondsPerGiB } = this.config;
    if (site === this.config.site) return -1;
    return Object.hasOwn(sites, site) ? sites[site] ?? secondsPerGiB : secondsPerGiB;
  }
}

function guessed(name: string): Reason {
  return reason('size-unknown', "nobody tells the size of '{name}'; the time to bring it is a guess", { name }, { level: 'INFO' });
}

type Fields = Readonly<Record<string, unknown>>;

/** What a request says of a dataset; an empty name where it does not say which. */
function datasetOf({ kind, skao = {}, rucio = {} }: DataResource): Dataset {
  const name = kind === kinds.skaoData ? nameOf(skao['namespace'], skao['objectname']) : nameOf(rucio['scope'], rucio['object']);
  const listed: readonly unknown[] = Array.isArray(skao['replicas']) ? skao['replicas'] : [];
  return { name, bytes: sizeOf(skao['datasize']), replicas: listed.flatMap(replicaOf) };
}

function nameOf(scope: unknown, object: unknown): string {
  const isWhole = typeof scope === 'string' && typeof object === 'string' && scope !== '' && object !== '';
  return isWhole ? `${scope}:${object}` : '';
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function replicaOf(value: unknown): readonly Replica[] {
  const { rsename, dataurl } = (value ?? {}) as Fields;
  return typeof rsename === 'string' && typeof dataurl === 'string' ? [{ site: rsename, location: dataurl }] : [];
}

/** That of a SKAO dataset stands in its own block. */
function checksumIn({ skao = {} }: DataResource): Pick<DataResource, 'checksum'> {
  const { type, value } = (skao['checksum'] ?? {}) as Fields;
  return typeof type === 'string' && typeof value === 'string' ? { checksum: { type, value } } : {};
}
