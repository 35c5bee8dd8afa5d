/** The chart of the broker itself, and the rights that it and the manifest grant: against a real control plane. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Finding, Platform } from '#plugin-sdk';
import type { TestHost } from '#plugin-sdk/testing';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { accountConfig, applied, bedConfig, bedHost, bedTool, busybox, dropNamespace, kubectl, makeNamespace } from './bed.js';

const namespace = `eb-chart-${process.pid}`;
const chart = 'deploy/chart';
const [repository = '', tag = ''] = busybox.split(':');
const minimal = ['--set', 'database.existingSecret=database', '--set', `image.repository=${repository}`, '--set-string', `image.tag=${tag}`];

interface Manifest { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string }; readonly rules?: readonly Rule[]; readonly spec?: Readonly<Record<string, unknown>> }
interface Rule { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }
const documents = (text: string): readonly Manifest[] => parseAllDocuments(text).map((one) => one.toJS() as Manifest | null).filter((one) => one !== null);
const rendered = (...argv: readonly string[]): readonly Manifest[] => documents(bedTool('helm', ['template', 'broker', chart, '-n', namespace, '--kube-version', '1.35.4', ...argv]));
const listOf = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

describe('the chart of the broker', () => {
  it('has no faults of form, with everything switched on too', () => {
    const all = ['ingress.enabled=true', 'ingress.host=broker.example.org', 'serviceMonitor.enabled=true', 'rights.readCluster=true', 'priorityClasses.create=true'].flatMap((one) => ['--set', one]);
    expect(bedTool('helm', ['lint', '--strict', chart, ...minimal, ...all])).toContain('0 chart(s) failed');
    expect(rendered(...minimal, ...all).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Deployment', 'ServiceMonitor', 'PodDisruptionBudget', 'NetworkPolicy', 'Ingress', 'ClusterRole', 'PriorityClass']));
    expect(rendered('--set', 'database.cloudNativePG.create=true').find(({ kind }) => kind === 'Cluster')).toMatchObject({ spec: { instances: 3 } });
  });

  it.for([[[], 'database.existingSecret'], [['--set', 'replicas=none', ...minimal], 'replicas'], [['--set', 'replica=2', ...minimal], 'replica'], [['--set', 'ingress.enabled=true', ...minimal], 'host']] as const)('refuses values that can not work: %j', ([values, named]) => {
    expect(() => rendered(...values)).toThrow(named);
  });

  it('grants in the namespace what the manifest for a broker beside the cluster grants, and no more', () => {
    const manifest = documents(readFileSync('deploy/kubernetes/role.yaml', 'utf8'));
    const rulesOf = (from: readonly Manifest[], kind: string) => from.find((one) => one.kind === kind)?.rules;
    const wide = rendered(...minimal, '--set', 'rights.readCluster=true');
    expect(rulesOf(wide, 'Role')).toEqual(rulesOf(manifest, 'Role'));
    expect(rulesOf(wide, 'ClusterRole')).toEqual(rulesOf(manifest, 'ClusterRole'));
    expect(rendered(...minimal).some(({ kind }) => kind.startsWith('Cluster'))).toBe(false);
  });

  it('is taken by the API server as it is rendered, and its pods are admitted where only restricted ones are', async () => {
    kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    applied({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'database' }, stringData: { url: 'postgres://broker@nowhere/broker' } }, namespace);
    bedTool('kubectl', ['-n', namespace, 'apply', '--dry-run=server', '-f', '-'], listOf(rendered(...minimal)));
    bedTool('helm', ['install', 'broker', chart, '-n', namespace, ...minimal, '--wait=false']);
    await expect.poll(() => kubectl('-n', namespace, 'get', 'pods', '-l', 'app.kubernetes.io/name=execution-broker', '-o', 'jsonpath={.items[*].spec.serviceAccountName}'), { timeout: 90_000 }).toBe('broker-execution-broker broker-execution-broker');
    expect(kubectl('-n', namespace, 'get', 'poddisruptionbudget', '-o', 'jsonpath={.items[*].spec.maxUnavailable}')).toBe('1');
    bedTool('helm', ['uninstall', 'broker', '-n', namespace, '--wait']);
    expect(kubectl('-n', namespace, 'get', 'deployments,services,roles,configmaps', '-l', 'app.kubernetes.io/name=execution-broker', '-o', 'name')).toBe('');
  }, 240_000);
});

describe('a broker with the rights of the manifest', () => {
  const role = documents(readFileSync('deploy/kubernetes/role.yaml', 'utf8')).find(({ kind }) => kind === 'Role');
  const grant = (rules: readonly Rule[]): void => { applied({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'broker' }, rules }, namespace); };
  const rules = role?.rules ?? [];
  let host: TestHost;
  /** A site has an ingress or a gateway. */
  let platforms: readonly Platform[];

  beforeAll(async () => {
    grant(rules);
    applied({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'broker' } }, namespace);
    applied({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'broker' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'broker' }, subjects: [{ kind: 'ServiceAccount', name: 'broker', namespace }] }, namespace);
    host = await bedHost('chart');
    const kubeconfig = accountConfig(namespace, 'broker');
    const leading = [{ ingress: { host: '{session}.example.org' } }, { gateway: { host: '{session}.example.org', name: 'front' } }];
    platforms = leading.map((connectors) => kubernetesPlugin.create(kubernetesPlugin.parseConfig(bedConfig(namespace, { kubeconfig, connectors, kept: { class: 'hostpath', size: 1 } })), host));
  });
  afterAll(async () => {
    for (const platform of platforms) await platform.close?.();
    await host.close();
  });

  const denied = async (): Promise<readonly string[]> => {
    const findings = await Promise.all(platforms.map(async (platform) => await platform.check?.() ?? []));
    // What is optional is doubtful without its right; rights over the whole cluster this broker never has.
    const isOwn = ({ about, verdict }: Finding): boolean => about.startsWith('right to') && (verdict === 'bad' || (verdict === 'doubtful' && /limitranges|events|leases/.test(about)));
    return [...new Set(findings.flat().filter(isOwn).map(({ about }) => about))];
  };

  it('has every right that its configuration needs', async () => {
    await expect.poll(denied, { timeout: 60_000 }).toEqual([]);
  });

  // `jobs/finalizers` is for clusters that check it, which this one does not, and no question of `eb check`.
  const each = rules.flatMap((rule) => rule.resources.filter((one) => one !== 'jobs/finalizers').flatMap((resource) => rule.verbs.map((verb) => ({ resource, verb }))));

  it.each(each)('is told that it may not $verb $resource when that right alone is missing', async ({ resource, verb }) => {
    grant(rules.flatMap((rule) => rule.resources.map((one) => ({ ...rule, resources: [one], verbs: rule.verbs.filter((other) => one !== resource || other !== verb) }))).filter(({ verbs }) => verbs.length > 0));
    await expect.poll(denied, { timeout: 60_000, interval: 50 }).toEqual([`right to ${verb} ${resource}`]);
  });
});
