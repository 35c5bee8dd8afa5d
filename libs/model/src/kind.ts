/** Kind URI ↔ short name: one table. Adding a kind is a row here, a schema in openapi/, and the platforms that want it. */
export type Kind = string;
export type KindFamily = 'executable' | 'compute' | 'storage' | 'volume' | 'data' | 'session' | 'offerset' | 'cost' | 'metric';

/** Prefix of every v1.0 kind URI. */
export const kindPrefix = 'https://www.purl.org/ivoa.net/Calycopis-openapi/schema/v1.0/kinds';
/** Prefix of this project's own kinds. */
export const ownKindPrefix = 'urn:execution-broker:kind';

export const kinds = {
  dockerContainer: `${kindPrefix}/executable/docker-container.yaml`,
  singularityContainer: `${kindPrefix}/executable/singularity-container.yaml`,
  jupyterNotebook: `${kindPrefix}/executable/jupyter-notebook.yaml`,
  simpleCompute: `${kindPrefix}/compute/simple-compute-resource.yaml`,
  simpleStorage: `${kindPrefix}/storage/simple-storage-resource.yaml`,
  /** Space that its owner finds again by name after the session that made it. */
  persistentStorage: `${ownKindPrefix}:storage:persistent-storage`,
  simpleVolume: `${kindPrefix}/volume/simple-volume-mount.yaml`,
  simpleData: `${kindPrefix}/data/simple-data-resource.yaml`,
  s3Data: `${kindPrefix}/data/S3-data-resource.yaml`,
  rucioData: `${kindPrefix}/data/rucio-data-resource.yaml`,
  ivoaData: `${kindPrefix}/data/ivoa-data-resource.yaml`,
  skaoData: `${kindPrefix}/data/skao-data-resource.yaml`,
  scheduledSession: `${kindPrefix}/session/scheduled-execution-session.yaml`,
  simpleSession: `${kindPrefix}/session/simple-execution-session.yaml`,
  offerSet: `${kindPrefix}/offerset/execution-offerset.yaml`,
  floatCost: `${kindPrefix}/costs/simple-minmax-float-cost.yaml`,
  floatMetric: `${kindPrefix}/metrics/simple-minmax-float-metric.yaml`,
  /** A plain process on the broker's own machine; the configuration lists the commands that are allowed. */
  localProcess: `${ownKindPrefix}:executable:local-process`,
  /** A Helm chart that the configuration allows, in a namespace of the session's own. */
  helmChart: `${ownKindPrefix}:executable:helm-chart`,
  /** Cores and memory as of simple compute, with accelerators, and over several hosts where that is wanted. */
  acceleratedCompute: `${ownKindPrefix}:compute:accelerated-compute`,
  /** A pretended execution whose behaviour is written in the request. */
  scripted: `${ownKindPrefix}:executable:scripted`,
} as const satisfies Readonly<Record<string, Kind>>;

export type ShortKind = keyof typeof kinds;

/** Other spellings of a kind (the reference broker says `computer` for `compute`; v1.0 names its compute with `-resource`). */
const aliases: ReadonlyMap<Kind, Kind> = new Map([
  [`${kindPrefix}/computer/simple-compute-resource.yaml`, kinds.simpleCompute],
  [`${ownKindPrefix}:compute:accelerated-compute-resource`, kinds.acceleratedCompute],
]);

const families: Readonly<Record<ShortKind, KindFamily>> = {
  dockerContainer: 'executable', singularityContainer: 'executable', jupyterNotebook: 'executable', localProcess: 'executable',
  scripted: 'executable', helmChart: 'executable', simpleCompute: 'compute', acceleratedCompute: 'compute', simpleStorage: 'storage', persistentStorage: 'storage', simpleVolume: 'volume', simpleData: 'data',
  s3Data: 'data', rucioData: 'data', ivoaData: 'data', skaoData: 'data', scheduledSession: 'session', simpleSession: 'session',
  offerSet: 'offerset', floatCost: 'cost', floatMetric: 'metric',
};

const shortNames = new Map<Kind, ShortKind>(Object.entries(kinds).map(([short, uri]) => [uri, short as ShortKind]));

/** The URI that we emit for `kind`: itself, or what it is an alias of. */
export function canonicalKind(kind: Kind): Kind {
  return aliases.get(kind) ?? kind;
}

/** Family of a kind that we know; undefined for an unknown one. */
export function familyOf(kind: Kind): KindFamily | undefined {
  const short = shortNames.get(canonicalKind(kind));
  return short && families[short];
}

/** Every kind URI of a family that we know. */
export function kindsOf(family: KindFamily): readonly Kind[] {
  return (Object.keys(families) as ShortKind[]).filter((short) => families[short] === family).map((short) => kinds[short]);
}
