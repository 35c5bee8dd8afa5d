/** A cluster whose rules and whose other users are against a session: each ends in its right phase, with the cluster's words, and leaves nothing. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { Json } from '../../support/node.js';
import { applied, bedTool, busybox, dropNamespace, kubectl, leftOf, makeNamespace } from './bed.js';
import { accepted, final, outputOf, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `hostile-${process.pid}`;
const namespace = `eb-${instance}`;
const pki = join(process.env.EB_BED_KUBERNETES ?? '', 'pki');
/** The bed shares its machine, so its pods may be slow to come. */
const patience = 'PT30S';
const startsIn = (seconds: number): string => `${new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toISOString()}/PT0S`;
const words = ({ meta }: Json): string => JSON.stringify((meta.messages as Json[]).map((one) => one.message));
const own = (kind: string, session: Json): string => `${kind}/${kubectl('-n', namespace, 'get', kind, '-l', `execution-broker/session=${session.meta.uuid as string},execution-broker/role=payload`, '-o', 'jsonpath={.items[0].metadata.name}')}`;

async function nothingIsLeft(of = instance, where = namespace): Promise<void> {
  await expect.poll(() => leftOf(where, of), { timeout: 90_000, interval: 250 }).toEqual([]);
}

/** A rule of the namespace by which the API server refuses pods of one role. */
function forbid(role: string): void {
  applied({
    apiVersion: 'v1', kind: 'List', items: [
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: instance }, spec: {
        failurePolicy: 'Fail', matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
        validations: [{ expression: `object.metadata.?labels[?"execution-broker/role"].orValue("") != "${role}"`, message: 'such pods are not wanted here' }],
      } },
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: instance }, spec: { policyName: instance, validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } } } },
    ],
  });
}

/** Until the rule is in force: the server learns of it a moment later. */
async function untilForbidden(role: string): Promise<void> {
  const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', labels: { 'execution-broker/role': role } }, spec: { containers: [{ name: 'c', image: busybox }] } });
  await expect.poll(() => { try { return bedTool('kubectl', ['-n', namespace, 'create', '--dry-run=server', '-f', '-'], pod); } catch (fault) { return String(fault); } }, { timeout: 30_000 }).toContain('not wanted');
}

/** A webhook that gives every pod the same patch. */
const answering = `
  const { parentPort, workerData: { cert, key, patch } } = require('node:worker_threads');
  const server = require('node:https').createServer({ cert: Buffer.from(cert), key: Buffer.from(key) }, async (asked, answer) => {
    let text = '';
    for await (const piece of asked) text += piece;
    const response = { uid: JSON.parse(text).request.uid, allowed: true, patchType: 'JSONPatch', patch };
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
  });
  server.listen(0, '127.0.0.1', () => { parentPort.postMessage(server.address().port); });`;

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });
afterEach(() => {
  kubectl('-n', namespace, 'delete', 'resourcequotas,limitranges', '--all');
  kubectl('delete', 'validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingwebhookconfigurations', instance, '--ignore-not-found');
});

describe('a session whose place is held', () => {
  let node: LiveNode;
  beforeAll(async () => { node = await startLiveNode(instance, namespace, { patience }); });
  afterAll(() => node.stop());

  it('is refused at its acceptance by rules of the cluster, in their words', async () => {
    forbid('hold');
    await untilForbidden('hold');
    await expect(accepted(node, shell('true').lasting('PT1M'))).rejects.toThrow(/not wanted here/);
    await nothingIsLeft();
  });

  it('fails with the words of the quota when that was lowered after it was booked, and leaves nothing', async () => {
    const session = await accepted(node, shell('true').lasting('PT1M').from(startsIn(32)));
    applied({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'lowered' }, spec: { hard: { pods: '0' } } }, namespace);
    const ended = await untilIn(node, session, final, 120_000);
    expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringContaining('exceeded quota')]);
    await nothingIsLeft();
  });

  it('is offered and runs in the sizes that containers may have', async () => {
    applied({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'sizes' }, spec: { limits: [{ type: 'Container', min: { cpu: '200m', memory: '100Mi' }, max: { cpu: '1' }, default: { cpu: '300m' } }] } }, namespace);
    // What the namespace says is read again when it is older than five seconds.
    await wait(6000);
    expect(JSON.stringify((await node.client.ask(shell('true').cores(2).lasting('PT1M'))).meta.messages)).toContain('allows at most 1 (limit range)');
    const session = await accepted(node, shell('echo ran').lasting('PT1M'));
    expect((await untilIn(node, session, final)).phase).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('ran\n');
  });

  it('has every variable that a container can get, as it was written', async () => {
    const environment = { 'dotted.name-1': 'a=b', _x: '', unicode: 'žluťoučký 🐎', quotes: `'"\`$(x) \\n`, lines: 'one\ntwo', [`long_${'x'.repeat(300)}`]: 'y', '.TOKEN.': '..', TOKEN_OF_X: 'line\nend' };
    // A shell would drop names that it can't use itself.
    const session = await accepted(node, shell('', { environment, command: ['/bin/busybox', 'env'] }).lasting('PT1M'));
    const ended = await untilIn(node, session, final);
    expect(ended.phase, words(ended)).toBe('COMPLETED');
    const said = await outputOf(node, session);
    for (const [name, value] of Object.entries(environment)) expect(said).toContain(`${name}=${value}\n`);
  });

  it('is told before it is booked what a container can not get', async () => {
    const refused = async (more: Json): Promise<string> => JSON.stringify((await node.client.ask(shell('true', more).lasting('PT1M'))).meta.messages);
    expect(await refused({ environment: { '..TOKEN': 'x' } })).toContain('executable.environment...TOKEN');
    expect(await refused({ environment: { 'a b': 'x' } })).toContain('executable.environment.a b');
    const twice = [{ access: true, internal: { port: 8080 }, protocol: 'HTTP' }, { access: true, internal: { port: 8080 }, protocol: 'TCP' }];
    expect(await refused({ network: { ports: twice } })).toContain('executable.network.ports[1].internal.port');
  });

  it('ends well, and is let go, when somebody keeps its pod and its Job by finalizers of theirs', async () => {
    const session = await accepted(node, shell('echo begun; sleep 6; echo done').lasting('PT1M'));
    await untilIn(node, session, ['RUNNING']);
    const [pod, job] = [own('pod', session), own('job', session)];
    kubectl('-n', namespace, 'patch', pod, '--type=json', '-p', '[{"op":"add","path":"/metadata/finalizers/-","value":"example.org/archive"}]');
    kubectl('-n', namespace, 'patch', job, '--type=merge', '-p', '{"metadata":{"finalizers":["example.org/archive"]}}');
    const ended = await untilIn(node, session, final);
    expect(ended.phase, words(ended)).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('begun\ndone\n');
    for (const one of [pod, job]) kubectl('-n', namespace, 'patch', one, '--type=merge', '-p', '{"metadata":{"finalizers":[]}}');
    await nothingIsLeft();
  });

  it('that is put out by the eviction of its pod fails with that reason, and is not run again', async () => {
    const session = await accepted(node, shell('sleep 300').lasting('PT5M'));
    await untilIn(node, session, ['RUNNING']);
    const name = own('pod', session).replace('pod/', '');
    bedTool('kubectl', ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'], JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } }));
    const ended = await untilIn(node, session, final);
    expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringMatching(/drained/)]);
    await nothingIsLeft();
  });

  it('fails with the words of the cluster when its storage never comes, and leaves nothing', async () => {
    applied({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'nowhere' }, provisioner: 'example.org/none' });
    const other = await startLiveNode(`${instance}-s`, namespace, { patience: 'PT5S', pullEstimate: 'PT1S', storage: [{ class: 'nowhere', size: 5 }] });
    try {
      const storage = [{ kind: kinds.simpleStorage, meta: { name: 'it' }, size: { min: 1 } }];
      const compute = { kind: kinds.simpleCompute, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/it', mode: 'READWRITE', resource: 'it' }] };
      const ended = await untilIn(other, await accepted(other, shell('true').lasting('PT1M').with({ storage, compute })), final, 120_000);
      expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringMatching(/unbound|PersistentVolumeClaim/)]);
      await nothingIsLeft(`${instance}-s`);
    } finally {
      await other.stop();
    }
  });
});

describe('a session without a hold', () => {
  let node: LiveNode;
  let webhook: Worker | undefined;
  beforeAll(async () => { node = await startLiveNode(`${instance}-u`, namespace, { patience: 'PT8S', hold: undefined }); });
  afterAll(() => node.stop());
  afterEach(async () => { await webhook?.terminate(); });

  it('fails with the words of the rule that keeps the cluster from making its pod', async () => {
    forbid('payload');
    await untilForbidden('payload');
    const ended = await untilIn(node, await accepted(node, shell('true').lasting('PT1M')), final);
    expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringContaining('not wanted here')]);
    await nothingIsLeft(`${instance}-u`);
  });

  it('is over with its payload though the cluster has put something beside it that never ends', async () => {
    const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/spec/containers/-', value: { name: 'mesh', image: busybox, command: ['sleep', '3600'], resources: { requests: { cpu: '10m' } } } }])).toString('base64');
    // Of its own thread: this one waits for commands that wait for it.
    webhook = new Worker(answering, { eval: true, workerData: { cert: readFileSync(join(pki, 'apiserver.crt')), key: readFileSync(join(pki, 'apiserver.key')), patch } });
    const [port] = await once(webhook, 'message') as [number];
    applied({
      apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: instance },
      webhooks: [{
        name: 'mesh.example.org', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: readFileSync(join(pki, 'ca.crt')).toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }], namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      }],
    });
    const probe = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers: [{ name: 'c', image: busybox }] } });
    await expect.poll(() => bedTool('kubectl', ['-n', namespace, 'create', '--dry-run=server', '-o', 'jsonpath={.spec.containers[*].name}', '-f', '-'], probe), { timeout: 30_000 }).toContain('mesh');
    const session = await accepted(node, shell('echo ran; exit 3').lasting('PT2M'));
    const ended = await untilIn(node, session, final);
    expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringContaining('exit code 3')]);
    expect(await outputOf(node, session)).toBe('ran\n');
    await nothingIsLeft(`${instance}-u`);
  });
});

describe('a namespace that is removed', () => {
  it('takes its sessions along, which fail', async () => {
    const [name, doomed] = [`${instance}-d`, `${namespace}-d`];
    makeNamespace(doomed);
    const node = await startLiveNode(name, doomed, { patience });
    try {
      const running = await accepted(node, shell('sleep 300').lasting('PT5M'));
      const booked = await accepted(node, shell('true').lasting('PT1M').from(startsIn(50)));
      await untilIn(node, running, ['RUNNING']);
      kubectl('delete', 'namespace', doomed, '--wait=false');
      for (const session of [running, booked]) {
        const ended = await untilIn(node, session, final, 150_000);
        expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringMatching(/deleted|no longer knows|terminated|not found/)]);
      }
    } finally {
      await node.stop();
    }
  }, 300_000);
});
