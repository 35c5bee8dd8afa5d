/** A broker in a process of its own that starts one container, prints its handle, and is then killed like kill -9. */
import { writeSync } from 'node:fs';
import { localPlugin } from '#platforms/local';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { config, sh } from './bed.js';

const [instance = '', text = ''] = process.argv.slice(2);
const host = await testHost({ clock: systemClock, instance });
const platform = localPlugin.create(localPlugin.parseConfig(config), host);
const handle = await platform.start(await platform.prepare(aPlan(aDraft(sh(text)), { platform: instance, start: systemClock.now() }), quietWork()));
writeSync(1, JSON.stringify(handle));
process.kill(process.pid, 'SIGKILL');
