/** The whole node with its HTTP interface: from a checked configuration to an application that listens. */
import { isAbsolute, join } from 'node:path';
import type { Log } from '#model';
import { openAccess, OwnTokens, seedAccounts } from '#access';
import type { AccountSeed } from '#access';
import { baseUrlReader, createHttpApp, listen, senderReader } from '#http-api';
import type { Readiness } from '#http-api';
import type { DatabaseChoice } from '#persistence';
import { measured, parseByteSize } from '#runtime';
import type { Environment } from '#runtime';
import { BrokerModule } from './broker.module.js';
import { admissionLimitsOf, connectionLimitsOf } from './configuration/limits.config.js';
import { composeNode } from './composing/compose-node.js';
import type { ComposedNode, NodeSurroundings } from './composing/compose-node.js';
import { nodeFacts } from './node-facts.js';
import { makeFirstAdmin } from './first-admin.js';
import type { LoadedConfig } from './configuration/load-config.js';

export interface Application {
  /** Where it listens, with the port it really has. */
  readonly url: string;
  /** Where /admin is, when it has a listener of its own. */
  readonly adminUrl?: string;
  readonly node: ComposedNode;
  /** Ends open streams, lets steps under way be recorded, closes the database. Payloads go on running. */
  close(): Promise<void>;
}

export async function startApplication(loaded: LoadedConfig, around: NodeSurroundings): Promise<Application> {
  const ownTokens = new OwnTokens();
  const node = await composeNode(loaded, { ...around, tokenOf: (requester) => ownTokens.of(requester) });
  try {
    const listening = { url: '' };
    const app = await createHttpApp(BrokerModule.register(await moduleParts(loaded, node, { ...around, listening, ownTokens })), connectionLimitsOf(loaded.config.limits));
    const { admin, ...at } = loaded.config.http;
    const { url, adminUrl, close } = await listen(app, { ...at, ...(admin ? { admin } : {}) });
    listening.url = url;
    return { url, ...(adminUrl === undefined ? {} : { adminUrl }), node, close: async () => { await close(); await node.close(); } };
  } catch (error) {
    await node.close();
    throw error;
  }
}

/** Filled in when the server listens: where it is was not known before. */
interface Listening { readonly listening: { readonly url: string } }

async function moduleParts(loaded: LoadedConfig, node: ComposedNode, around: NodeSurroundings & Listening & { readonly ownTokens: OwnTokens }): Promise<Parameters<typeof BrokerModule.register>[0]> {
  const { config } = loaded;
  const { clock, log } = around;
  const store = node.persistence.accounts;
  const { created, kept } = await seedAccounts(store, config.access.accounts as readonly AccountSeed[], clock);
  if (created.length + kept.length > 0) log.info('accounts of the configuration', { created, kept });
  await makeFirstAdmin(store, around);
  const limit = parseByteSize(config.http.bodyLimit);
  const options = {
    trustedProxies: config.http.trustedProxies, corsOrigins: config.http.cors.origins,
    defaultMediaType: config.http.defaultMediaType, ...(limit.ok ? { bodyLimit: limit.value } : {}),
    ...(config.http.publicUrl === undefined ? {} : { publicUrl: config.http.publicUrl.replace(/\/+$/, '') }),
  };
  const { tokens, replays, audit } = node.persistence;
  const { access, http } = openAccess({
    config: config.access, broker: measured(node.broker, node.metrics), calendar: node.calendar, drain: node.drain, policies: node.policies, keptStorages: node.keptStorages, ownTokens: around.ownTokens, accounts: store, tokens, replays, audit, clock, log,
    senderOf: senderReader(options.trustedProxies), baseUrlOf: baseUrlReader(options),
    audiences: () => [options.publicUrl ?? around.listening.url, ...config.access.addresses],
  });
  return {
    http: { ...http, options, clock, log, readiness: () => readiness(node), metrics: node.metrics.registry, facts: () => nodeFacts(config, node, log), admission: admissionLimitsOf(config.limits) },
    access,
  };
}

/** Ready to answer: the database takes reads and writes. Broken platforms are shown, but the rest of the node is ready. */
async function readiness(node: ComposedNode): Promise<Readiness> {
  const fault = await node.persistence.fault();
  return { ready: fault === undefined, checks: { database: fault ?? true, platforms: [...node.plugins.platforms.keys()], faults: node.faults } };
}

/** Which database: the configuration's, else DATABASE_URL, else one of our own below the state folder. */
export function chooseDatabase(loaded: LoadedConfig, stateFolder: string, environment: Environment): DatabaseChoice {
  const { database } = loaded.config;
  if (database && 'url' in database) return { url: database.url as string };
  if (!database && environment['DATABASE_URL']) return { url: environment['DATABASE_URL'] };
  const folder = database?.embedded.folder ?? 'postgres';
  return { embedded: { folder: isAbsolute(folder) ? folder : join(stateFolder, folder) } };
}

/** EB_PORT and EB_STATE of the environment win over the file, so that one file serves several nodes. */
export function withEnvironment(loaded: LoadedConfig, environment: Environment, log: Log): LoadedConfig {
  const { config } = loaded;
  const port = environment['EB_PORT'] === undefined ? config.http.port : Number(environment['EB_PORT']);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    log.warn('EB_PORT is not a port and is ignored', { EB_PORT: environment['EB_PORT'] });
    return loaded;
  }
  return { ...loaded, config: { ...config, state: environment['EB_STATE'] ?? config.state, http: { ...config.http, port } } };
}
