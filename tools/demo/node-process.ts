/** The node of the demo: a child process with a state folder of its own, started and stopped as an operator would. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface RunningNode { readonly url: string; stop(): Promise<void> }

interface Configuration { platforms: { process: { commands: Record<string, { path: string }> } }[] }

/** The example's configuration, with the Node that runs us as the command `node`: it need not be on the path. */
async function writeConfiguration(folder: string): Promise<string> {
  const configuration = parse(await readFile(join(root, 'deploy/examples/demo.yaml'), 'utf8')) as Configuration;
  for (const platform of configuration.platforms) platform.process.commands['node'] = { path: process.execPath };
  const file = join(folder, 'node.yaml');
  await writeFile(file, stringify(configuration));
  return file;
}

/** Resolves once the node listens; rejects with the end of its log when it can't. */
export async function startNode(folder: string, more: Readonly<Record<string, string>>): Promise<RunningNode> {
  const file = await writeConfiguration(folder);
  // A process group of its own: Ctrl-C reaches us alone, and we stop the node when its sessions are dealt with.
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/broker/src/main.ts', '--config', file], {
    cwd: root, detached: true, stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...more, EB_PORT: '0', EB_STATE: join(folder, 'state') },
  });
  try {
    return { url: await listening(child), stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (words: string): void => { reject(new Error(`the node did not start: ${words}\n${log.slice(-15).join('\n')}`)); };
    child.once('error', (error) => { fail(error.message); });
    child.once('exit', (code) => { fail(`it ended with ${code ?? 'a signal'}`); });
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      if (log.length > 100) log.shift();
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined && line.includes('"listening"')) resolve(url);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
  child.kill('SIGTERM');
  const force = setTimeout(() => { child.kill('SIGKILL'); }, 20_000);
  await ended;
  clearTimeout(force);
}
