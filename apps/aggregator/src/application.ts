/** The whole aggregator: from a checked configuration to an application that listens. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isAbsolute, join } from 'node:path';
import { AuditPruner, auditKeyOf, openAccess, seedAccounts } from '#access';
import type { AccountSeed } from '#access';
import { FederatedBroker, noTrail, readTrail } from '#federation';
import type { Ground, Reconciler, Trail } from '#federation';
import { baseUrlReader, createHttpApp, listen, senderReader } from '#http-api';
import type { HttpApiSetup, Readiness } from '#http-api';
import { kindsOf } from '#model';
import type { Clock, Log, Milliseconds } from '#model';
import { openPersistence } from '#persistence';
import type { DatabaseChoice, Persistence } from '#persistence';
import { createBrokerMetrics, lengthOf, measured, parseByteSize, showMembers } from '#runtime';
import type { Environment } from '#runtime';
import type { AggregatorConfig } from './aggregator.config.js';
import { AggregatorModule } from './aggregator.module.js';
import type { LoadedConfig } from './load-config.js';
import { composeFederation } from './compose-federation.js';
import type { ComposedFederation } from './compose-federation.js';

export interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: DatabaseChoice;
  readonly environment: Environment;
  /** Where the key is kept that members know us by; left out: a new one at each start. */
  readonly stateFolder?: string;
  /** Members are read anew when it changes. */
  readonly file?: string;
}

export interface Application {
  /** Where it listens, with the port it really has. */
  readonly url: string;
  /** Where /admin is, when it has a listener of its own. */
  readonly adminUrl?: string;
  readonly ground: Ground;
  readonly reconciler: Reconciler;
  readonly persistence: Persistence;
  /** Ends open streams and waits for what is under way. Sessions at members go on. */
  close(): Promise<void>;
}

/** Any will do: the ledger beside our tables stays empty. */
const grain: Milliseconds = 300_000;

export async function startApplication(config: LoadedConfig, around: Surroundings): Promise<Application> {
  const { clock, log } = around;
  const persistence = await openPersistence({ ...around.database, grain, clock, log, ...auditKeyOf(config.access.audit) });
  const trails = new AsyncLocalStorage<Trail>();
  const auditPruner = new AuditPruner({ audit: persistence.audit, keep: config.access.audit, clock, log });
  let federation: ComposedFederation | undefined;
  const closeParts = async (): Promise<void> => {
    await federation?.close();
    await auditPruner.stop();
    await persistence.close();
  };
  try {
    federation = await composeFederation(config, { ...around, persistence, trail: () => trails.getStore() ?? noTrail });
    const { ground, reconciler } = federation;
    const app = await createHttpApp(AggregatorModule.register(await moduleParts(config, around, { persistence, federation })), {
      // The port knows no headers: what a request carries through a tree goes beside it.
      around: (headers, go) => trails.run(readTrail(headers), go),
    });
    const { admin, ...at } = config.http;
    const { url, adminUrl, close } = await listen(app, { ...at, ...(admin ? { admin } : {}) });
    reconciler.start();
    auditPruner.start();
    return { url, ...(adminUrl === undefined ? {} : { adminUrl }), ground, reconciler, persistence, close: async () => { await close(); await closeParts(); } };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

interface Parts { readonly persistence: Persistence; readonly federation: ComposedFederation }

async function moduleParts(config: AggregatorConfig, { clock, log }: Surroundings, parts: Parts): Promise<Parameters<typeof AggregatorModule.register>[0]> {
  const store = parts.persistence.accounts;
  await seedAccounts(store, config.access.accounts as readonly AccountSeed[], clock);
  const options = httpOptionsOf(config);
  const { tokens, replays, audit } = parts.persistence;
  const { ground } = parts.federation;
  const metrics = createBrokerMetrics(config.aggregator.name);
  showMembers(metrics, () => new Map(ground.parts.members.asked.map(({ name }) => [name, ground.circuits.health(name).up])));
  const { access, http } = openAccess({
    config: config.access, broker: measured(new FederatedBroker(ground), metrics), accounts: store, tokens, replays, audit, clock, log,
    senderOf: senderReader(config.http.trustedProxies), baseUrlOf: baseUrlReader({ trustedProxies: config.http.trustedProxies, ...options }),
    audiences: () => [...(options.publicUrl === undefined ? [] : [options.publicUrl]), ...config.access.addresses],
  });
  const { deadline, mostOffers } = config.federation;
  const facts: HttpApiSetup['facts'] = () => Promise.resolve({
    name: config.aggregator.name, anonymous: config.access.anonymous, publicReads: false, limits: { deadline, mostOffers },
    // Which of them can be had is the members' word; none is refused here.
    kinds: { executable: kindsOf('executable'), compute: kindsOf('compute'), storage: kindsOf('storage'), volume: kindsOf('volume'), data: kindsOf('data') },
  });
  // An ask takes as long as the slowest member within the deadline: that is no sign of overload.
  const admission = { askWithin: 2 * lengthOf(deadline) };
  return {
    http: {
      ...http, options, clock, log, facts, admission,
      readiness: () => readiness(parts), metrics: metrics.registry,
    },
    access,
    members: { administration: parts.federation.administration, signer: parts.federation.signer, requesterOf: access.requesterOf },
  };
}

function httpOptionsOf({ http }: AggregatorConfig): NonNullable<HttpApiSetup['options']> {
  const limit = parseByteSize(http.bodyLimit);
  return {
    trustedProxies: http.trustedProxies, corsOrigins: http.cors.origins, defaultMediaType: http.defaultMediaType, ...(limit.ok ? { bodyLimit: limit.value } : {}),
    ...(http.publicUrl === undefined ? {} : { publicUrl: http.publicUrl.replace(/\/+$/, '') }),
  };
}

/** Ready while the database is: members that are away are shown, the others answer. */
async function readiness({ persistence, federation: { ground } }: Parts): Promise<Readiness> {
  const fault = await persistence.fault();
  return { ready: fault === undefined, checks: { database: fault ?? true, members: ground.parts.members.known.map(({ member }) => ground.circuits.health(member.name)) } };
}

/** Which database: the configuration's, else DATABASE_URL, else one of our own below the state folder. */
export function chooseDatabase({ database }: AggregatorConfig, stateFolder: string, environment: Environment): DatabaseChoice {
  if (database && 'url' in database) return { url: database.url as string };
  if (!database && environment['DATABASE_URL']) return { url: environment['DATABASE_URL'] };
  const folder = database?.embedded.folder ?? 'postgres';
  return { embedded: { folder: isAbsolute(folder) ? folder : join(stateFolder, folder) } };
}
