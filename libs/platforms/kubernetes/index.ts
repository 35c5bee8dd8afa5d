/** Platforms `kubernetes`, a namespace of a cluster that others may use too, and `helm`, charts in namespaces of their own. */
import type { PlatformHost, PlatformPlugin } from '#plugin-sdk';
import { ChartsPlatform } from './charts/charts.platform.js';
import { helmSchema, parseHelmConfig } from './charts/config.js';
import type { HelmConfig } from './charts/config.js';
import type { KubernetesConfig } from './config.js';
import { kubernetesSchema, parseKubernetesConfig } from './config.js';
import { Connection } from './api/connection.js';
import { KubernetesClient } from './kubernetes.client.js';
import { HoldingKubernetesPlatform, KubernetesPlatform } from './kubernetes.platform.js';
import type { KubernetesParts } from './kubernetes.platform.js';
import { ExecUploads } from './steps/uploads.js';

export type { KubernetesConfig } from './config.js';

export const kubernetesPlugin: PlatformPlugin<KubernetesConfig> = {
  name: 'kubernetes',
  schema: kubernetesSchema,
  parseConfig: parseKubernetesConfig,
  create(config, host) {
    const parts = partsOf(config, host);
    return config.hold ? new HoldingKubernetesPlatform(parts) : new KubernetesPlatform(parts);
  },
};

export const helmPlugin: PlatformPlugin<HelmConfig> = {
  name: 'helm',
  schema: helmSchema,
  parseConfig: parseHelmConfig,
  create(config, host) {
    const connection = new Connection(config);
    // Sessions have namespaces of their own; nothing is ever asked of this one.
    const client = new KubernetesClient((request) => connection.send(request), 'default', host.clock);
    return new ChartsPlatform({ config, client, host, close: () => connection.close() });
  },
};

function partsOf(config: KubernetesConfig, host: PlatformHost): KubernetesParts {
  const connection = new Connection(config);
  const client = new KubernetesClient((request) => connection.send(request), config.namespace, host.clock);
  return { config, client, uploads: new ExecUploads(connection, config.namespace), host, close: () => connection.close() };
}
