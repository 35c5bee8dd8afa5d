/** A node's database in a process of its own, for specs that kill it: starts on the folder it is given, says where, and stays. */
import { argv } from 'node:process';
import { startEmbedded } from '../embedded/embedded.js';

const ignore = (): void => undefined;
const server = await startEmbedded({ folder: argv[2] ?? '', log: { debug: ignore, info: ignore, warn: ignore, error: ignore } });
process.stdout.write(JSON.stringify({ url: server.url, pid: server.pid() }));
setInterval(ignore, 60_000);
