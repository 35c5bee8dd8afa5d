/**
 * `npm run demo`: a node with its own PostgreSQL, a real computation on a real data set (Seattle's weather, from the npm package
 * vega-datasets), from the request to the clean end; with a container runtime once more as a container.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokerClient } from '#client';
import { systemClock } from '#runtime';
import { findImage, findRuntime } from './containers.js';
import { serveFiles } from './data-server.js';
import type { DataServer } from './data-server.js';
import { startNode } from './node-process.js';
import { containerRequest, dataSet, processRequest } from './requests.js';
import { DemoFailure, walk } from './walk.js';
import type { Stage } from './walk.js';

type CleanUp = () => Promise<void>;

const say = (text: string): void => { process.stdout.write(text); };
const programs = fileURLToPath(new URL('../../deploy/examples/demo/', import.meta.url));

function dataFile(): string {
  const door = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(door), '../data', dataSet);
}

async function prepare(cleanUps: CleanUp[], signal: AbortSignal): Promise<{ readonly stage: Stage; readonly files: DataServer; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-demo-'));
  // The embedded database runs as an account of its own where we are root: it must be able to reach its folder.
  await chmod(folder, 0o755);
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const files = await serveFiles([dataFile(), join(programs, 'analyse.mjs'), join(programs, 'analyse.awk')]);
  cleanUps.push(() => files.close());
  const { bytes, sha256 } = files.file(dataSet);
  say(`data set ${dataSet}, ${bytes} bytes, sha256 ${sha256.slice(0, 16)}…, served over HTTP\nstarting a node with an embedded PostgreSQL …\n`);
  const node = await startNode(folder, {});
  cleanUps.push(() => node.stop());
  const client = new BrokerClient({ url: node.url, clock: systemClock });
  await untilReady(client, signal);
  say(`the node is ready at ${node.url}\n`);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { files, folder, stage: { client, clock: systemClock, zone, state: join(folder, 'state'), say, signal } };
}

async function untilReady(client: BrokerClient, signal: AbortSignal): Promise<void> {
  for (let look = 0; look < 120; look += 1) {
    const { ready } = await client.health();
    if (ready) return;
    await systemClock.sleep(500, signal);
  }
  throw new DemoFailure('the node did not become ready within a minute');
}

async function showContainers(stage: Stage, files: DataServer, folder: string): Promise<void> {
  const runtime = await findRuntime();
  if (runtime === undefined) {
    say('\nNo container runtime answers here, so the second half is left out. With Docker, or Podman and\n'
      + '`podman system service --time 0 unix:///path/podman.sock`, set DOCKER_HOST=unix:///path/podman.sock and run the demo again.\n');
    return;
  }
  const image = await findImage(runtime, folder);
  try {
    say(`\nThe same as a container, in ${image.name} (${image.origin}):\n`);
    await walk(stage, containerRequest(files, image.name));
  } finally {
    await image.remove();
  }
}

async function demo(cleanUps: CleanUp[], signal: AbortSignal): Promise<void> {
  const { stage, files, folder } = await prepare(cleanUps, signal);
  say('\nAsking: the means of each month with their uncertainty, on 1-2 cores for two minutes, within two hours:\n');
  await walk(stage, processRequest(files));
  await showContainers(stage, files, folder);
  say('\nThat was it: `npm start` runs a node that stays, `npm run eb -- --help` talks to it.\n');
}

/** What was made last is undone first, whatever happened; what can't be undone is said. */
async function undo(cleanUps: readonly CleanUp[]): Promise<boolean> {
  let clean = true;
  for (const cleanUp of [...cleanUps].reverse()) {
    await cleanUp().catch((error: unknown) => {
      clean = false;
      console.error(`clean-up: ${(error as Error).message}`);
    });
  }
  return clean;
}

const interrupted = new AbortController();
const interrupt = (): void => { interrupted.abort(new DemoFailure('interrupted')); };
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);

const cleanUps: CleanUp[] = [];
try {
  await demo(cleanUps, interrupted.signal);
} catch (error) {
  process.exitCode = 1;
  console.error(`\nthe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  if (!(error instanceof DemoFailure) && error instanceof Error) console.error(error.stack);
} finally {
  if (!await undo(cleanUps)) process.exitCode = 1;
}
