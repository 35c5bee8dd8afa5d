/** Configured plugins → guarded instances. What is broken is reported and left out; the rest runs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CredentialUse, Delegations, PlatformName } from '#model';
import { createStage } from '#data';
import { buildCatalogue, guardPlatform, guardResolver } from '#plugin-sdk';
import type { CatalogueFault, DataResolver, NodeOfPlatform, Platform, PlatformHost } from '#plugin-sdk';
import type { LoadedConfig } from '../configuration/load-config.js';
import { composePolicies } from './compose-policies.js';
import type { ComposedPolicies, PolicySurroundings } from './compose-policies.js';
import { dataPlugins, platformPlugins } from '../plugins.js';
import { runCommand } from '../run-command.js';

export interface Plugins {
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly resolvers: ReadonlyMap<string, DataResolver>;
  readonly policies: ComposedPolicies;
  readonly faults: readonly CatalogueFault[];
}

export interface Surroundings extends PolicySurroundings {
  readonly stateFolder: string;
  /** Into the audit record; left out where nothing is done for sessions. */
  recordUse?(platform: string, use: CredentialUse): Promise<void>;
  readonly delegations?: Delegations | undefined;
  readonly node?: NodeOfPlatform;
  /** Told after each look at a platform whether it answered. */
  platformAnswers?(name: string, isUp: boolean): void;
}

/** Tries of one transfer of data, the first included. */
const tries = 4;

export function composePlugins(loaded: LoadedConfig, { clock, log, stateFolder, tokenOf, recordUse, delegations, node, platformAnswers }: Surroundings): Plugins {
  const setting = (name: string) => ({ name, clock, log });
  const data = buildCatalogue(dataPlugins, loaded.data, () => ({ clock, log }));
  const resolvers = new Map([...data.instances].map(([name, { instance }]) => [name, guardResolver(instance as DataResolver, setting(name))]));
  const stage = createStage(resolvers, { log, clock, tries, ...(delegations ? { tokenBehind: (handle) => delegations.open(handle) } : {}) });
  const policies = composePolicies(loaded, { clock, log, ...(tokenOf ? { tokenOf } : {}) });
  const platforms = buildCatalogue(platformPlugins, loaded.platforms, (instance): PlatformHost => {
    const folder = join(stateFolder, 'platforms', instance);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { instance, ...(node ? { node } : {}), clock, log, fetch, run: runCommand, folder, stage, recordUse: async (use) => recordUse?.(instance, use) };
  });
  return {
    resolvers,
    platforms: new Map([...platforms.instances].map(([name, { instance }]) => [name as PlatformName, guardPlatform(instance as Platform, { ...setting(name), answers: (isUp) => { platformAnswers?.(name, isUp); } })])),
    policies,
    faults: [...data.faults, ...policies.faults, ...platforms.faults],
  };
}
