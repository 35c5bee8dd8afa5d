/** Platform `kubernetes`: a namespace of a cluster that others may use too. */
import type { PlatformHost, PlatformPlugin } from '#plugin-sdk';
import type { KubernetesConfig } from './config.js';
import { kubernetesSchema, parseKubernetesConfig } from './config.js';
import { Connection } from './connection.js';
import { KubernetesClient } from './kubernetes.client.js';
import { HoldingKubernetesPlatform, KubernetesPlatform } from './kubernetes.platform.js';
import type { KubernetesParts } from './kubernetes.platform.js';
import { ExecUploads } from './uploads.js';

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

function partsOf(config: KubernetesConfig, host: PlatformHost): KubernetesParts {
  const connection = new Connection(config);
  const client = new KubernetesClient((request) => connection.send(request), config.namespace, host.clock);
  return { config, client, uploads: new ExecUploads(connection, config.namespace), host, close: () => connection.close() };
}
