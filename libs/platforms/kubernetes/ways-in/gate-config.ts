/** Configuration of the ways in: services, an ingress or a gateway before them, and the gate that asks for each session's token. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { ConfigFault } from '#plugin-sdk';

const closed = { additionalProperties: false };
const optional = Type.Optional;
const objectName = (description: string) => Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$', maxLength: 63, description });
const host = Type.String({ pattern: '\\{session\\}', description: "name of each session's host, {session} is filled in, for example {session}.apps.example.org" });

export const connectorsSchema = Type.Object({
  service: optional(Type.Union([Type.Literal('ClusterIP'), Type.Literal('NodePort'), Type.Literal('LoadBalancer')], { description: 'ClusterIP' })),
  address: optional(Type.String({ minLength: 1, description: 'host that node ports are reached at' })),
  ingress: optional(Type.Object({
    host, class: optional(objectName('ingress class')), secret: optional(objectName('secret with the certificate')),
    annotations: optional(Type.Record(Type.String(), Type.String(), { description: 'of every ingress; {session} is filled in' })),
  }, closed)),
  gateway: optional(Type.Object({
    host, name: objectName('of the Gateway that routes are attached to'), namespace: optional(objectName('where it is; that of the sessions')),
    listener: optional(objectName('one of its listeners; all that fit')), tls: optional(Type.Boolean({ description: 'that listener has the certificate; true' })),
  }, { ...closed, description: 'HTTPRoutes instead of an ingress' })),
  gate: optional(Type.Object({
    image: Type.String({ minLength: 1, description: 'image with nginx, that runs without root' }),
    command: optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'words that start it; {config} is filled in' })),
    user: optional(Type.Integer({ minimum: 1, description: 'number of its user; as payloads' })),
  }, { ...closed, description: "stands before each session's HTTP ports and asks for a token of the session's own" })),
}, closed);

export interface IngressConfig { readonly host: string; readonly class: string | undefined; readonly secret: string | undefined; readonly annotations: Readonly<Record<string, string>> }
export interface GatewayConfig { readonly host: string; readonly name: string; readonly namespace: string | undefined; readonly listener: string | undefined; readonly tls: boolean }
export interface GateConfig { readonly image: string; readonly command: readonly string[]; readonly user: number | undefined }
export interface ConnectorsConfig {
  readonly service: 'ClusterIP' | 'NodePort' | 'LoadBalancer'; readonly address: string | undefined;
  readonly ingress: IngressConfig | undefined; readonly gateway: GatewayConfig | undefined; readonly gate: GateConfig | undefined;
}

const nginx = ['nginx', '-c', '{config}', '-e', 'stderr'];

type Raw = Static<typeof connectorsSchema>;

export function connectorsOf(given: Raw = {}): ConnectorsConfig {
  const { service = 'ClusterIP', address, ingress, gateway, gate } = given;
  if (service === 'NodePort' && address === undefined) throw new ConfigFault('connectors.address', 'node ports have no host to be reached at', 'name a node, or what stands before the nodes');
  if (ingress && gateway) throw new ConfigFault('connectors.gateway', 'sessions have either an ingress or a route', 'leave one of them out');
  return { service, address, ingress: ingressOf(ingress), gateway: gatewayOf(gateway), gate: gate && { image: gate.image, command: gate.command ?? nginx, user: gate.user } };
}

function ingressOf(given: Raw['ingress']): IngressConfig | undefined {
  return given && { host: given.host, class: given.class, secret: given.secret, annotations: given.annotations ?? {} };
}

function gatewayOf(given: Raw['gateway']): GatewayConfig | undefined {
  return given && { host: given.host, name: given.name, namespace: given.namespace, listener: given.listener, tls: given.tls ?? true };
}
