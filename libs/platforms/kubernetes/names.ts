/** Names, labels and annotations of what belongs to a session, so that it is found by the session's identifier alone. */
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import type { ComponentId, Instant, KeptStorageId, SessionId } from '#model';
import { isUuid } from '#model';
import type { PlatformHost } from '#plugin-sdk';

export const managedLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'execution-broker';
export const sessionLabel = 'execution-broker/session';
export const instanceLabel = 'execution-broker/instance';
export const roleLabel = 'execution-broker/role';
/** Identity of the node that made it: another one may work under the same name. */
export const nodeLabel = 'execution-broker/node';
/** On claims that outlive sessions: what of the broker's is kept there, whose it is, and what they call it. */
export const keptLabel = 'execution-broker/kept';
export const keptOwnerNote = 'execution-broker/owner';
export const keptNameNote = 'execution-broker/name';
/** End of the booked time, ISO 8601: what is older by far is a left-over. */
export const endsNote = 'execution-broker/ends';
/** The booked start, ISO 8601. */
export const startsNote = 'execution-broker/starts';
/** When we asked it to stop; `no` before. A start tests for that, so that nothing revives a cancelled session. */
export const cancelledNote = 'execution-broker/cancelled';
/** `yes` when everything that belongs to the session stands. */
export const preparedNote = 'execution-broker/prepared';
/** `yes` on a Job that owns nothing but its pods. */
export const aloneNote = 'execution-broker/alone';
/** What it takes of quotas that count objects, as JSON. */
export const takesNote = 'execution-broker/takes';
/** The ways in, as JSON. */
export const waysNote = 'execution-broker/ways-in';

export type Role = 'payload' | 'hold' | 'stager' | 'storage' | 'way-in' | 'policy';

export const jobName = (session: SessionId): string => `eb-${session}`;
export const holdName = (session: SessionId): string => `eb-${session}-hold`;
export const stagerName = (session: SessionId): string => `eb-${session}-stager`;
export const secretName = (session: SessionId): string => `eb-${session}`;
export const serviceName = (session: SessionId): string => `eb-${session}`;
export const claimName = (session: SessionId, storage: ComponentId): string => `eb-${session.slice(0, 8)}-${storage}`;

/** By which a node says that it works under this platform name here. */
export const leaseName = (instance: string): string => `eb-${instance.toLowerCase().replace(/[^a-z0-9-]/g, '-')}`;
export const keptClaimName = (id: KeptStorageId): string => `eb-kept-${id}`;

/** Who makes it: the platform by its name, and the node where there is one. */
export type Maker = Pick<PlatformHost, 'instance' | 'node'>;
export interface Belonging { readonly session: SessionId; readonly maker: Maker; readonly role: Role }

export function labelsOf({ session, maker: { instance, node }, role }: Belonging): Record<string, string> {
  return { [managedLabel]: managedBy, [instanceLabel]: instance, [sessionLabel]: session, [roleLabel]: role, ...(node?.identity === undefined ? {} : { [nodeLabel]: node.identity }) };
}

/** False for what another node has made under the same name. */
export function isMadeBy(object: KubernetesObject, { node }: Maker): boolean {
  const maker = object.metadata?.labels?.[nodeLabel];
  return maker === undefined || node?.identity === undefined || maker === node.identity;
}

/** Everything of an instance. */
export const selectorOf = (instance: string): string => `${managedLabel}=${managedBy},${instanceLabel}=${instance}`;

/** The session that an object of ours belongs to; undefined for what is not ours. */
export function sessionOf(object: KubernetesObject): SessionId | undefined {
  const session = object.metadata?.labels?.[sessionLabel] ?? '';
  return isUuid(session) ? session as SessionId : undefined;
}

export function roleOf(object: KubernetesObject): Role | undefined {
  return object.metadata?.labels?.[roleLabel] as Role | undefined;
}

export const noteOf = (object: KubernetesObject, note: string): string | undefined => object.metadata?.annotations?.[note];

/** Instants come as text, as answers are plain JSON whatever the library's types say. */
export function instantOf(text: unknown): Instant | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at as Instant;
}

/** Made for a session, and gone with its Job. */
export function ownedBy(owner: { readonly name: string; readonly uid: string }, belonging: Belonging, name: string): V1ObjectMeta & { name: string } {
  return {
    name, labels: labelsOf(belonging),
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: owner.name, uid: owner.uid, blockOwnerDeletion: true, controller: false }],
  };
}
