import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { kinds } from '#model';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { platformContract } from '#plugin-sdk/testing';
import { bedConfig, bedHost, busybox, dropNamespace, Gate, kubectl, leftOf, makeNamespace, sh } from './bed.js';
import { Registry } from './registry.js';

// Of this run alone: what a broken-off run has left must not count.
const instance = `live-${process.pid}`;
const namespace = `eb-${instance}`;
const gate = new Gate();
const registry = await Registry.open();
// The bed shares its machine, so its pods may be slow to come.
const config = bedConfig(namespace, { kubeconfig: await gate.open(), kept: { class: 'hostpath', size: 5 }, patience: 'PT90S' });

beforeAll(() => { makeNamespace(namespace); });
afterAll(async () => {
  dropNamespace(namespace);
  await gate.shut();
  await registry.close();
});

platformContract({
  name: 'a namespace of a Kubernetes cluster',
  plugin: kubernetesPlugin,
  config,
  badConfigs: [
    { raw: { ...config, namespace: 'Not_a_name' }, path: 'namespace' },
    { raw: { ...config, pools: [] }, path: 'pools' },
    { raw: { ...config, pools: [{ name: 'a' }, { name: 'a' }] }, path: 'pools.1.name' },
    { raw: { ...config, pools: [{ name: 'a', elastic: { cores: 8, memory: 8, largest: { cores: 16, memory: 8 } } }] }, path: 'pools.0.elastic.largest' },
    { raw: { ...config, hold: { image: busybox, ahead: '5 minutes' } }, path: 'hold.ahead' },
    { raw: { ...config, security: { user: 0 } }, path: 'security.user' },
    { raw: { ...config, connectors: { service: 'NodePort' } }, path: 'connectors.address' },
    { raw: { ...config, kubeconfig: 'config' }, path: 'kubeconfig' },
  ],
  makeHost: () => bedHost(instance),
  pass: () => wait(100),
  patience: 900,
  deadline: 240_000,
  payloads: {
    succeeds: sh('true'),
    fails: { executable: sh('exit 7'), exitCode: 7 },
    runsLong: sh("trap 'exit 0' TERM; while :; do sleep 0.2; done"),
    prints: { executable: sh('echo said; sleep 0.2; echo complained >&2'), text: 'said\ncomplained' },
    ignoresStop: sh("trap '' TERM; while :; do sleep 1; done"),
    opens: sh("mkdir -p /tmp/www; exec httpd -f -p 8080 -h /tmp/www", { network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP' }] } }),
    failsToPrepare: [{ executable: { kind: kinds.dockerContainer, image: { locations: [`${registry.host}/there-is-none:1`] } }, fixer: 'caller' }],
    unfit: [
      { executable: { kind: kinds.dockerContainer }, path: 'executable.image.locations' },
      { executable: sh('true', { privileged: true }), path: 'executable.privileged' },
      { executable: sh('a\0b'), path: 'executable.command[2]' },
      { executable: sh('true', { image: { locations: [busybox], platform: { architecture: 's390x' } } }), path: 'executable.image.platform.architecture' },
    ],
  },
  leftovers: () => Promise.resolve(leftOf(namespace, instance)),
  tamper: {
    unreachable: async () => { await gate.shut(); return async () => { await gate.open(); }; },
    vanish: (_host, handle) => { kubectl('-n', namespace, 'delete', 'job', `eb-${handle.session}`, '--wait=true'); return Promise.resolve(); },
  },
});
