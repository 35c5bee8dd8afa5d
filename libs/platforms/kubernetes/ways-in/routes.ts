/** What leads from outside to the first web port of a session: an ingress, or a route of the Gateway API. */
import type { KubernetesObject, V1Ingress } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import type { ConnectorsConfig, GatewayConfig, IngressConfig } from './gate-config.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { ownedBy, serviceName } from '../names.js';
import type { Belonging } from '../names.js';

export interface Routed { readonly session: SessionId; readonly owner: { readonly name: string; readonly uid: string }; readonly belonging: Belonging; readonly port: number }
interface Named { readonly metadata: { readonly name: string } }

/** https://gateway-api.sigs.k8s.io/reference/spec/#httproute, as far as it is used. */
interface HttpRoute extends KubernetesObject {
  readonly spec: {
    readonly parentRefs: readonly { readonly name: string; readonly namespace?: string; readonly sectionName?: string }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly { readonly backendRefs: readonly { readonly name: string; readonly port: number }[] }[];
  };
}

/** Made where the site has one of them configured. */
export async function openRoute(client: KubernetesClient, routed: Routed, { ingress, gateway }: ConnectorsConfig): Promise<void> {
  if (ingress) await client.apply<V1Ingress>('Ingress', ingressOf(routed, ingress));
  if (gateway) await client.apply<HttpRoute>('HTTPRoute', routeOf(routed, gateway));
}

/** Where the session is reached by it; undefined where there is none. */
export function routedBase(session: SessionId, { ingress, gateway }: ConnectorsConfig): string | undefined {
  if (gateway) return `${gateway.tls ? 'https' : 'http'}://${filled(gateway.host, session)}`;
  return ingress && `${ingress.secret === undefined ? 'http' : 'https'}://${filled(ingress.host, session)}`;
}

function ingressOf({ session, owner, belonging, port }: Routed, ingress: IngressConfig): V1Ingress & Named {
  const host = filled(ingress.host, session);
  const annotations = Object.fromEntries(Object.entries(ingress.annotations).map(([name, value]) => [name, filled(value, session)]));
  return {
    apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { ...ownedBy(owner, belonging, serviceName(session)), annotations },
    spec: {
      ...(ingress.class === undefined ? {} : { ingressClassName: ingress.class }),
      ...(ingress.secret === undefined ? {} : { tls: [{ hosts: [host], secretName: ingress.secret }] }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: serviceName(session), port: { number: port } } } }] } }],
    },
  };
}

function routeOf({ session, owner, belonging, port }: Routed, { host, name, namespace, listener }: GatewayConfig): HttpRoute & Named {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: ownedBy(owner, belonging, serviceName(session)),
    spec: {
      parentRefs: [{ name, ...(namespace === undefined ? {} : { namespace }), ...(listener === undefined ? {} : { sectionName: listener }) }],
      hostnames: [filled(host, session)], rules: [{ backendRefs: [{ name: serviceName(session), port }] }],
    },
  };
}

function filled(text: string, session: SessionId): string {
  return text.replaceAll('{session}', session);
}
