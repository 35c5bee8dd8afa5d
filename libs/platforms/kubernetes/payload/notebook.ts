/** Notebooks: a container of a configured image, with the notebook fetched before it starts, and a token of the session's own. */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container, V1Volume } from '@kubernetes/client-node';
import type { ComponentId, Executable, Plan, Reason } from '#model';
import { BrokerError, canonicalKind, kinds, reason } from '#model';
import type { PlatformHost, Work } from '#plugin-sdk';
import type { KubernetesConfig } from '../config.js';
import { secretName } from '../names.js';
import type { NotebookConfig } from './notebook-config.js';
import { containerSecurity } from './pod.js';

/** The variable that notebook servers read their token from; kept in the session's Secret. */
export const tokenVariable = 'JUPYTER_TOKEN';
/** Key of the notebook in the session's Secret. */
const notebookKey = 'notebook';
/** In a way in: stands for the token, which is in the Secret only. */
export const tokenMark = '{token}';
/** Secrets hold a MiB, the token included. */
const largest = 1_000_000;
const brought = '/.execution-broker/notebook';

export function isNotebook({ kind }: Executable): boolean {
  return canonicalKind(kind) === kinds.jupyterNotebook;
}

/** Why this notebook does not run here; empty when it does. It is not fetched for that. */
export function judgeNotebook({ location = '' }: Executable): readonly Reason[] {
  if (URL.canParse(location) && /^https?:$/.test(new URL(location).protocol)) return [];
  return [reason('location-malformed', "'{location}' is not the address of a notebook; write for example https://example.org/first.ipynb", { location: location.slice(0, 200) }, { path: 'executable.location' })];
}

/** The same plan, with the container that a notebook runs in; other plans as they are. */
export function withContainer(plan: Plan, { notebook }: KubernetesConfig): Plan {
  if (!isNotebook(plan.executable) || notebook === undefined) return plan;
  const name = fileNameOf(plan.executable);
  const words = { port: String(notebook.port), folder: notebook.folder, notebook: name };
  const path = notebook.path.replaceAll('{notebook}', encodeURIComponent(name));
  return {
    ...plan,
    executable: {
      ...plan.executable, image: { locations: [notebook.image] }, command: notebook.command.slice(1).map((word) => filled(word, words)), entrypoint: filled(notebook.command[0] ?? '', words),
      environment: { HOME: notebook.folder, [tokenVariable]: randomBytes(24).toString('hex') },
      network: { ports: [{ access: true, internal: { port: notebook.port }, protocol: 'HTTP', path }] },
    },
  };
}

function filled(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Last part of its address, where that can be the name of a file anywhere. */
function fileNameOf({ location = '' }: Executable): string {
  const last = decodeURIComponent(new URL(location).pathname.split('/').at(-1) ?? '');
  return /^[A-Za-z0-9][\w.-]{0,99}$/.test(last) ? last : 'notebook.ipynb';
}

/** What its pod has beside: the notebook is copied where it can be written. */
export function notebookParts(plan: Plan, config: KubernetesConfig): { readonly initContainers: readonly V1Container[]; readonly volumes: V1Volume[] } {
  const { notebook } = config;
  if (notebook === undefined) return { initContainers: [], volumes: [] };
  const little = { cpu: '50m', memory: '64Mi' };
  const bring: V1Container = {
    name: 'bring', image: notebook.image, command: ['/bin/cp', `${brought}/${notebookKey}`, `${notebook.folder}/${fileNameOf(plan.executable)}`],
    resources: { requests: little, limits: little }, securityContext: containerSecurity(config), volumeMounts: [{ name: 'brought', mountPath: brought, readOnly: true }, ...notebookMounts(notebook)],
  };
  return {
    initContainers: [bring],
    volumes: [{ name: 'brought', secret: { secretName: secretName(plan.session), items: [{ key: notebookKey, path: notebookKey }] } }, { name: 'work', emptyDir: {} }],
  };
}

export function notebookMounts({ folder }: NotebookConfig): NonNullable<V1Container['volumeMounts']> {
  return [{ name: 'work', mountPath: folder }];
}

/** Fetches it to the broker, by the rules of its data resolver: what goes into the session's Secret beside the token. Empty for what is no notebook. */
export async function notebookSecret(plan: Plan, { notebook }: KubernetesConfig, host: PlatformHost, work: Work): Promise<Readonly<Record<string, string>>> {
  if (!isNotebook(plan.executable) || notebook === undefined) return {};
  const { location = '' } = plan.executable;
  const room = join(host.folder, 'notebooks', plan.session);
  const tooLarge = new AbortController();
  const bounded: Work = {
    signal: AbortSignal.any([work.signal, tooLarge.signal]),
    progress: (now) => { if (now.unit === 'bytes' && now.done > largest) tooLarge.abort(largeFault(location)); else work.progress(now); },
  };
  try {
    const id = plan.session as string as ComponentId;
    const { path, bytes } = await host.stage({ id, spec: { kind: kinds.simpleData, location }, resolver: notebook.resolver, locations: [location], estimate: 0, fileName: fileNameOf(plan.executable), warnings: [] }, room, bounded);
    if (bytes > largest) throw largeFault(location);
    return { [notebookKey]: (await readFile(path)).toString('base64') };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

function largeFault(location: string): BrokerError {
  return new BrokerError('conflict', 'caller', [reason('notebook-too-large', "'{location}' has more than {most} bytes; clear its output, or bring it as data", { location, most: largest }, { level: 'ERROR', path: 'executable.location' })]);
}
