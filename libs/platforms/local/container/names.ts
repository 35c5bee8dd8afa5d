/** Names and labels of what belongs to a session, so that it is found by the session's identifier alone. */
import type { ComponentId, KeptStorageId, SessionId } from '#model';

export const sessionLabel = 'execution-broker.session';
export const instanceLabel = 'execution-broker.instance';
/** The access ports, as JSON: what is needed of the request to tell the ways in. */
export const portsLabel = 'execution-broker.ports';

export const containerName = (session: SessionId): string => `eb-${session}`;
/** A container that never runs: data goes through it into the volumes. */
export const porterName = (session: SessionId): string => `eb-${session}-porter`;
export const volumeName = (session: SessionId, resource: ComponentId): string => `eb-${session}-${resource}`;
/** Volumes that outlive sessions carry no label of one: what removes a session does not find them. */
export const keptLabel = 'execution-broker.kept';
const keptByLabel = 'execution-broker.kept-by';
export const keptVolumeName = (id: KeptStorageId): string => `eb-kept-${id}`;
export const keptLabelsOf = (id: KeptStorageId, instance: string): Record<string, string> => ({ [keptLabel]: id, [keptByLabel]: instance });
export const labelsOf = (session: SessionId, instance: string): Record<string, string> => ({ [sessionLabel]: session, [instanceLabel]: instance });
