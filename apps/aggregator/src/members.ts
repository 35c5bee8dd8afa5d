/** Members of the configuration, exchanged when its file changes. */
import { readFile, stat } from 'node:fs/promises';
import type { Clock, Log } from '#model';
import type { Member } from '#federation';
import { faultText } from '#runtime';
import type { Environment } from '#runtime';
import type { AggregatorConfig } from './aggregator.config.js';
import { loadConfig } from './load-config.js';

type MemberConfig = AggregatorConfig['members'][number];

export function memberOf({ credentials, gateway, ...member }: MemberConfig): Member {
  return { ...member, ...(gateway === undefined ? {} : { gateway }), authorization: () => authorizationOf(credentials) };
}

async function authorizationOf(credentials: MemberConfig['credentials']): Promise<string | undefined> {
  if (!credentials) return undefined;
  if ('bearerFile' in credentials) return `Bearer ${(await readFile(credentials.bearerFile, 'utf8')).trim()}`;
  const { user, password } = credentials.basic;
  return `Basic ${Buffer.from(`${user}:${password as string}`).toString('base64')}`;
}

const lookEvery = 5_000;

/** Looks at the file now and then; a broken one changes nothing. */
export class MemberList {
  private list: readonly Member[];
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(members: readonly MemberConfig[], private readonly around: { readonly clock: Clock; readonly log: Log; readonly environment: Environment }) {
    this.list = members.map(memberOf);
  }

  get members(): readonly Member[] {
    return this.list;
  }

  follow(file: string): void {
    this.running ??= this.watch(file);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async watch(file: string): Promise<void> {
    const { signal } = this.stopped;
    let seen = await changedAt(file);
    while (!signal.aborted) {
      // Rejects only when it is stopped, which the loop sees.
      await this.around.clock.sleep(lookEvery, signal).catch(() => undefined);
      const changed = await changedAt(file);
      if (!signal.aborted && changed !== seen) await this.reload(file);
      seen = changed;
    }
  }

  private async reload(file: string): Promise<void> {
    const { log, environment } = this.around;
    const loaded = await loadConfig(file, environment);
    if (!loaded.ok) {
      log.error('the changed configuration is not used', { faults: loaded.faults.map(faultText) });
      return;
    }
    this.list = loaded.value.members.map(memberOf);
    log.info('members read anew', { members: this.list.map((one) => one.name) });
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
