import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { kinds } from '#model';
import type { Executable } from '#model';
import { localPlugin } from '#platforms/local';
import { platformContract, testHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { config, docker, image, leftIn, sh, socket } from './bed.js';
import { Gate } from './gate.js';

// Of this run alone: what a broken-off run has left must not count.
const instance = `live-${process.pid}`;
const gate = await Gate.before(socket);
afterAll(() => gate.shut());

const unfit = (more: Partial<Executable>, path: string): { executable: Executable; path: string } => ({ executable: sh('true', more), path: `executable.${path}` });

platformContract({
  name: 'local, containers',
  plugin: localPlugin,
  config: { ...config, containers: { ...config.containers, socket: `unix://${gate.path}` } },
  badConfigs: [
    { raw: { containers: { enabled: 'maybe' } }, path: 'containers.enabled' },
    { raw: { containers: { stopGrace: '10' } }, path: 'containers.stopGrace' },
  ],
  makeHost: () => testHost({ clock: systemClock, instance }),
  pass: () => wait(50),
  patience: 1_000,
  deadline: 120_000,
  payloads: {
    succeeds: sh('true'),
    fails: { executable: sh('exit 7'), exitCode: 7 },
    runsLong: sh('sleep 600'),
    prints: { executable: sh('echo said; echo complained >&2'), text: 'said' },
    opens: sh('mkdir /w; echo hello >/w/index.html; sleep 1; exec httpd -f -p 8080 -h /w', { network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP', path: '/' }] } }),
    ignoresStop: sh("trap '' TERM; while :; do sleep 1; done"),
    failsToPrepare: [
      { executable: sh('true', { image: { locations: [`${image}:1`], digest: `sha256:${'0'.repeat(64)}` } }), fixer: 'caller' },
      { executable: sh('true', { image: { locations: [`${image}-missing:1`] } }), fixer: 'caller' },
    ],
    failsToStart: [{ executable: sh('', { command: ['/no/such/program'] }), fixer: 'caller' }],
    unfit: [
      unfit({ privileged: true }, 'privileged'),
      unfit({ image: { locations: [] } }, 'image.locations'),
      unfit({ image: { locations: [`${image}:1`], digest: 'sha256:12' } }, 'image.digest'),
      unfit({ image: { locations: [`${image}:1`], platform: { architecture: 's390x' } } }, 'image.platform.architecture'),
      unfit({ network: { ports: [{ internal: { port: -1 } }] } }, 'network.ports[0].internal.port'),
      unfit({ network: { ports: [{ internal: { port: 80 }, protocol: 'FTP' }] } }, 'network.ports[0].protocol'),
      unfit({ network: { ports: [{ internal: { port: 80 }, external: { port: 80 } }] } }, 'network.ports[0].external.port'),
      { executable: { kind: kinds.localProcess, command: ['sh'] }, path: 'executable.kind' },
    ],
  },
  async leftovers(host) {
    const folder = join(host.folder, 'sessions');
    return [...await leftIn(instance), ...(existsSync(folder) ? readdirSync(folder) : [])];
  },
  tamper: {
    async unreachable() {
      await gate.shut();
      return () => gate.open();
    },
    async vanish(_host, handle) {
      await docker.getContainer(`eb-${handle.session}`).remove({ force: true });
    },
  },
});
