/** What the pods of a session have in common. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { KubernetesConfig } from '../config.js';
import type { Place } from '../capacity/place.js';

/** Restricted, in the words of the Pod Security Standards. */
export function containerSecurity({ security }: KubernetesConfig): NonNullable<V1Container['securityContext']> {
  return { allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: security.readOnlyRoot, capabilities: { drop: ['ALL'] } };
}

/** Images of tools say that they run as root, which they need not. */
const nobody = 65_534;

/** Who containers of the broker's own run as, where the site says nothing: undefined leaves it to their image. */
export function toolUser({ security }: KubernetesConfig): number | undefined {
  return security.user ?? (security.nonRoot ? nobody : undefined);
}

/** The same for containers that run a tool of the broker's choice. */
export function toolSecurity(config: KubernetesConfig): NonNullable<V1Container['securityContext']> {
  const user = toolUser(config);
  return { ...containerSecurity(config), ...(user === undefined ? {} : { runAsUser: user }) };
}

/** No token, no variables of services, no second try, on nodes of the class. `user` for pods of the broker's own. */
export function podDefaults(config: KubernetesConfig, { pool }: Place, user = config.security.user): Omit<V1PodSpec, 'containers'> {
  const { nonRoot, runtimeClass } = config.security;
  const group = config.security.group ?? user;
  return {
    restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false,
    nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': pool.architecture, ...pool.selector },
    securityContext: {
      runAsNonRoot: nonRoot && user !== 0, seccompProfile: { type: 'RuntimeDefault' },
      ...(user === undefined ? {} : { runAsUser: user }), ...(group === undefined ? {} : { runAsGroup: group, fsGroup: group, fsGroupChangePolicy: 'OnRootMismatch' }),
    },
    ...(pool.tolerations.length === 0 ? {} : { tolerations: pool.tolerations.map((one) => ({ ...one })) }),
    ...(config.pullSecrets.length === 0 ? {} : { imagePullSecrets: config.pullSecrets.map((name) => ({ name })) }),
    ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
  };
}
