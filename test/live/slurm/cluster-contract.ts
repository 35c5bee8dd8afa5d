/** The contract of platforms on the bed, the same for every way into the cluster. */
import { setTimeout as wait } from 'node:timers/promises';
import { slurmPlugin } from '#platforms/slurm';
import { platformContract } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import type { AskSlurm, BedHost } from './bed.js';
import { bedHost, leftOf } from './bed.js';
import { payloads } from './payloads.js';

export interface Way {
  readonly name: string;
  readonly instance: string;
  readonly config: { readonly folder: string } & Readonly<Record<string, unknown>>;
  readonly badConfigs: readonly { readonly raw: unknown; readonly path: string }[];
  /** Who looks for what is left: the bed's operator unless said otherwise. */
  readonly ask?: AskSlurm;
}

const own = (host: TestHost): BedHost => host as BedHost;

export function clusterContract({ name, instance, config, badConfigs, ask }: Way): void {
  platformContract({
    name, plugin: slurmPlugin, config, badConfigs, payloads,
    makeHost: () => bedHost(instance, config.folder),
    pass: () => wait(100),
    patience: 800,
    deadline: 120_000,
    leftovers: () => Promise.resolve(leftOf(instance, config.folder, ask)),
    tamper: {
      unreachable(host) {
        own(host).isCutOff = true;
        return Promise.resolve(() => { own(host).isCutOff = false; return Promise.resolve(); });
      },
      nativeCalls: (host) => own(host).calls,
    },
  });
}
