/**
 * The node's own main, with one fault planted: `faulty-main.ts WHAT:WHEN:NTH:SIGNAL`, for example `start:before:1:SIGKILL`. At the
 * NTH call of WHAT the process sends itself SIGNAL, before or after its effect. WHAT is a step of a platform (prepare, start,
 * cancel, release) or the name of a prepared statement (commit_batch, session_save, take_turn …).
 */
import pg from 'pg';
import { localPlugin } from '#platforms/local';
import { scriptedPlugin } from '#platforms/scripted';
import { slurmPlugin } from '#platforms/slurm';
import type { Platform, PlatformPlugin } from '#plugin-sdk';

const steps = ['prepare', 'start', 'cancel', 'release'] as const;
type Step = (typeof steps)[number];
type Call = (...values: unknown[]) => unknown;

const [what = '', when = '', nth = '1', signal = 'SIGKILL'] = process.argv[2]?.split(':') ?? [];
// The node's main reads the rest of the command line itself and refuses what it does not know.
process.argv.splice(2, 1);
let left = Number(nth);

/** Counts a call that is meant; at the last one the process gets its signal and goes no further. */
async function strike(): Promise<void> {
  left -= 1;
  if (left !== 0) return;
  process.kill(process.pid, signal);
  // A signal to oneself may take effect a moment later.
  await new Promise((resolve) => { setTimeout(resolve, 100); });
}

async function around(call: () => unknown): Promise<unknown> {
  if (when === 'before') await strike();
  const made = await call();
  if (when === 'after') await strike();
  return made;
}

function plant(plugin: PlatformPlugin<never>): void {
  const create = plugin.create.bind(plugin);
  const planted = (...given: Parameters<typeof create>): Platform => {
    const platform = create(...given) as Platform;
    const original = (platform[what as Step] as Call).bind(platform);
    return Object.assign(platform, { [what]: (...values: unknown[]) => around(() => original(...values)) });
  };
  Object.assign(plugin, { create: planted });
}

function plantStatement(): void {
  for (const prototype of [pg.Client.prototype, pg.Pool.prototype] as unknown as { query: Call }[]) {
    const original = prototype.query;
    prototype.query = function (this: unknown, ...values: unknown[]): unknown {
      const isMeant = (values[0] as { name?: string } | undefined)?.name === what && typeof values.at(-1) !== 'function';
      return isMeant ? around(() => original.apply(this, values)) : original.apply(this, values);
    };
  }
}

if ((steps as readonly string[]).includes(what)) [scriptedPlugin, localPlugin, slurmPlugin].forEach((plugin) => { plant(plugin as PlatformPlugin<never>); });
else if (what !== '') plantStatement();
await import('../../apps/broker/src/main.js');
