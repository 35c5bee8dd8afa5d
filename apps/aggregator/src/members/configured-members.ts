/** Members of the configuration file, exchanged when it changes. */
import { stat } from 'node:fs/promises';
import type { Log } from '#model';
import { faultText } from '#runtime';
import type { Environment } from '#runtime';
import { loadConfig } from '../load-config.js';
import type { MemberConfig } from './members.config.js';

export interface FileWatch {
  readonly file: string;
  readonly environment: Environment;
  readonly log: Log;
  take(members: readonly MemberConfig[]): void;
}

export class ConfiguredMembers {
  private seen: number | undefined;

  constructor(private readonly watch: FileWatch) {}

  /** One look at the file; a broken one changes nothing. The first look only notes how it is. */
  async look(): Promise<void> {
    const changed = await changedAt(this.watch.file);
    const before = this.seen;
    this.seen = changed;
    if (before !== undefined && changed !== before) await this.reload();
  }

  private async reload(): Promise<void> {
    const { file, log, environment, take } = this.watch;
    const loaded = await loadConfig(file, environment);
    if (!loaded.ok) {
      log.error('the changed configuration is not used', { faults: loaded.faults.map(faultText) });
      return;
    }
    const { members } = loaded.value;
    take(members);
    log.info('members read anew', { members: members.map((one) => one.name) });
  }
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
