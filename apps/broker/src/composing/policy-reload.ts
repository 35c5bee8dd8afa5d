/** Takes over changed policies while the node runs: all of them or, where anything of them is faulty, none. */
import { stat } from 'node:fs/promises';
import type { Clock, Log, Milliseconds, Requester } from '#model';
import type { PolicySet } from '#node';
import { faultText, Periodic } from '#runtime';
import type { Checked, ConfigurationFault } from '#runtime';
import { composePolicies } from './compose-policies.js';
import type { LoadedConfig } from '../configuration/load-config.js';

export interface ReloadParts {
  readonly policySet: PolicySet;
  /** As it was at the start; only what decides is taken over later. */
  readonly loaded: LoadedConfig;
  /** Reads the configuration again. */
  load(): Promise<Checked<LoadedConfig>>;
  readonly clock: Clock;
  readonly log: Log;
  tokenOf?(requester: Requester): string | undefined;
}

/** Between two looks at the files. */
const pause: Milliseconds = 2_000;

export class PolicyReload {
  private readonly looks: Periodic;
  private files: readonly string[];
  private seen: string | undefined;

  constructor(private readonly parts: ReloadParts) {
    this.files = parts.loaded.files;
    const { clock, log } = parts;
    this.looks = new Periodic({ pause, failed: 'the policies could not be looked at; tried again in a moment', level: 'error', clock, log }, () => this.look());
  }

  /** Nothing to do for a configuration that is not a file. */
  start(): void {
    if (this.files.length > 0) this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  /** Looks once; true when other policies are in force after it. */
  async look(): Promise<boolean> {
    const stamp = await this.stamp();
    const isFirst = this.seen === undefined;
    if (stamp === this.seen) return false;
    this.seen = stamp;
    return isFirst ? false : this.takeOver();
  }

  private async takeOver(): Promise<boolean> {
    const { policySet, log, loaded: before } = this.parts;
    const read = await this.parts.load();
    if (!read.ok) return this.keep(read.faults.map(faultText));
    const { value } = read;
    this.files = value.files;
    if (value.policyVersion === policySet.current.version) return false;
    if (value.brokenPolicies.length > 0) return this.keep(value.pluginFaults.map(faultText));
    if (JSON.stringify(value.config.pools) !== JSON.stringify(before.config.pools)) return this.keep(['pools: owners and their shares are changed by a restart']);
    const { policies, version, faults } = composePolicies(value, this.parts);
    if (faults.length > 0) return this.keep(faults.map((one) => `${one.name}.${one.path}: ${one.fault}; ${one.fix}`));
    policySet.exchange({ policies, version });
    log.info('policies were changed', { version, policies: policies.map(({ name }) => name) });
    return true;
  }

  private keep(faults: readonly string[] | readonly ConfigurationFault[]): false {
    this.parts.log.error('the changed policies can not be used; those before stay in force', { version: this.parts.policySet.current.version, faults });
    return false;
  }

  private async stamp(): Promise<string> {
    const all = await Promise.all(this.files.map(async (file) => {
      // A file that is being replaced is seen again in a moment.
      const found = await stat(file).catch(() => undefined);
      return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'gone';
    }));
    return all.join(', ');
  }
}
