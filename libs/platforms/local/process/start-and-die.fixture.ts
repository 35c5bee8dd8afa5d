/** A broker in a process of its own that starts one session and is then killed like kill -9. */
import { kinds } from '#model';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { localPlugin } from '../index.js';

const [folder = '', text = ''] = process.argv.slice(2);
const host = { ...await testHost({ clock: systemClock }), folder };
const platform = localPlugin.create(localPlugin.parseConfig({ process: { commands: { sh: { path: '/bin/sh', args: ['-c'] } } } }), host);
const plan = aPlan(aDraft({ kind: kinds.localProcess, command: ['sh', text] }), { platform: 'tested', start: systemClock.now() });
await platform.start(await platform.prepare(plan, quietWork()));
process.kill(process.pid, 'SIGKILL');
