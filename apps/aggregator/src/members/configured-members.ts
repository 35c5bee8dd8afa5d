/** Members of the configuration file, exchanged when it changes. */
import { stat } from 'node:fs/promises';
import type { Log } from '#model';
import { faultText } from '#runtime';
import type { Environment } from '#runtime';
import type { AggregatorConfig } from '../aggregator.config.js';
import { loadConfig } from '../load-config.js';

/** What is exchanged: members, and the credentials that they name. */
export type MembersSection = Pick<AggregatorConfig, 'members' | 'credentials'>;

export interface FileWatch {
  readonly file: string;
  readonly environment: Environment;
  readonly log: Log;
  /** In use when the watch begins. */
  readonly used: MembersSection;
  take(changed: MembersSection): void;
}

export class ConfiguredMembers {
  private seen: number | undefined;
  private used: string;

  constructor(private readonly watch: FileWatch) {
    this.used = sectionText(watch.used);
  }

  /** One look at the file; a broken one changes nothing. The first look reads it too: it may have changed since we started. */
  async look(): Promise<void> {
    const changed = await changedAt(this.watch.file);
    if (changed === this.seen) return;
    await this.reload();
    this.seen = changed;
  }

  private async reload(): Promise<void> {
    const { file, log, environment, take } = this.watch;
    const loaded = await loadConfig(file, environment);
    if (!loaded.ok) {
      log.error('the changed configuration is not used', { faults: loaded.faults.map(faultText) });
      return;
    }
    const now = sectionText(loaded.value);
    if (now === this.used) return;
    take(loaded.value);
    this.used = now;
    log.info('members read anew', { members: loaded.value.members.map((one) => one.name) });
  }
}

function sectionText({ members, credentials }: MembersSection): string {
  return JSON.stringify([members, credentials]);
}

/** 0 while there is no such file: an editor may be exchanging it. */
async function changedAt(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
