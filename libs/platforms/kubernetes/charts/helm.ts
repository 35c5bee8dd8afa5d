/** The `helm` program: the only one that knows how charts are installed and removed. */
import { parseAllDocuments } from 'yaml';
import type { Executable, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { RunCommand } from '#plugin-sdk';
import type { ChartConfig, HelmConfig } from './config.js';
import { release, spaceName } from './space.js';

/** Hooks are waited for; a start may not take longer. */
const timeout = '50s';
/** What a namespace usually holds. Whatever reaches beyond the namespace, or gives rights, is not among them. */
const usual: ReadonlySet<string> = new Set([
  'ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'PersistentVolumeClaim', 'Pod', 'Deployment', 'StatefulSet', 'ReplicaSet', 'Job', 'CronJob', 'Ingress', 'NetworkPolicy',
  'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'List',
]);

/** A chart for a session; `values` is JSON. */
export interface Installing { readonly session: SessionId; readonly chart: ChartConfig; readonly values: string }

interface Made { readonly kind?: string; readonly metadata?: { readonly name?: string; readonly namespace?: string } }

export class Helm {
  constructor(private readonly config: HelmConfig, private readonly run: RunCommand) {}

  /** Undefined where there is no Helm 3. */
  async version(): Promise<string | undefined> {
    try {
      const { code, stdout } = await this.run([this.config.binary, 'version', '--template', '{{.Version}}']);
      return code === 0 && /^v3\./.test(stdout.trim()) ? stdout.trim() : undefined;
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fault;
    }
  }

  /** What the chart would make, judged; nothing is made. Throws for what it must not make, and for values that its own schema refuses. */
  async tryOut({ session, chart, values }: Installing, clusterVersion: string): Promise<void> {
    const words = ['template', release, chart.chart, ...versionOf(chart), '--namespace', spaceName(session), '--kube-version', clusterVersion, '--values', '-'];
    const { code, stdout, stderr } = await this.run([this.config.binary, ...words], values);
    if (code !== 0) throw refused('chart-refuses', 'the chart does not take these values: {said}', stderr);
    const allowed = new Set([...usual, ...this.config.kinds]);
    for (const document of parseAllDocuments(stdout)) {
      const { kind = '', metadata = {} } = (document.toJS() ?? { kind: 'List' }) as Made;
      if (!allowed.has(kind)) throw refused('kind-not-allowed', 'the chart would make a {said}, which this node does not allow', `${kind} '${metadata.name ?? ''}'`);
      if (metadata.namespace !== undefined && metadata.namespace !== spaceName(session)) throw refused('namespace-not-own', 'the chart would reach into the namespace {said}', metadata.namespace);
    }
  }

  /** Repeating it changes nothing. What an earlier one that broke off has left half done is removed first. */
  async install(installing: Installing): Promise<void> {
    const first = await this.upgrade(installing);
    if (first.code === 0) return;
    if (!/another operation|pending|has no deployed releases/.test(first.stderr)) throw passing(first.stderr);
    await this.uninstall(installing.session);
    const again = await this.upgrade(installing);
    if (again.code !== 0) throw passing(again.stderr);
  }

  async uninstall(session: SessionId): Promise<void> {
    const { code, stderr } = await this.inSpace(session, ['uninstall', release, '--ignore-not-found', '--timeout', timeout]);
    if (code !== 0) throw passing(stderr);
  }

  private upgrade({ session, chart, values }: Installing): ReturnType<RunCommand> {
    return this.inSpace(session, ['upgrade', release, chart.chart, '--install', '--timeout', timeout, ...versionOf(chart), '--values', '-'], values);
  }

  private inSpace(session: SessionId, words: readonly string[], input?: string): ReturnType<RunCommand> {
    const { binary, kubeconfig, context } = this.config;
    const who = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), ...(context === undefined ? [] : ['--kube-context', context])];
    return this.run([binary, ...words, '--namespace', spaceName(session), ...who], input);
  }
}

function versionOf({ version }: ChartConfig): readonly string[] {
  return version === undefined ? [] : ['--version', version];
}

/** The site's values win. JSON is YAML. */
export function valuesOf({ values: given = {} }: Executable, { values }: ChartConfig): string {
  return JSON.stringify(merged(given, values));
}

function merged(given: Readonly<Record<string, unknown>>, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const both = Object.entries(own).map(([name, value]) => [name, isRecord(value) && isRecord(given[name]) ? merged(given[name], value) : value] as const);
  return { ...given, ...Object.fromEntries(both) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(word: string, template: string, said: string): BrokerError {
  return new BrokerError('conflict', 'caller', [reason(word, template, { said: said.trim().slice(0, 1000) }, { level: 'ERROR', path: 'executable.values' })]);
}

/** The cluster may be away, or busy; what stays wrong ends when the session's time is over. */
function passing(said: string): BrokerError {
  return new BrokerError('unavailable', 'time', [reason('helm-failed', 'helm could not do it: {said}', { said: said.trim().slice(0, 1000) }, { level: 'ERROR' })]);
}
