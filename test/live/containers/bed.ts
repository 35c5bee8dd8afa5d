/** What the live specs share. */
import Docker from 'dockerode';
import type { Executable } from '#model';
import { kinds } from '#model';

export const image = process.env.EB_BED_IMAGE ?? '';
if (image === '') throw new Error('the bed is not up; run: npm run test:live -- containers');
export const digest = process.env.EB_BED_DIGEST ?? '';
export const socket = (process.env.DOCKER_HOST ?? '').replace('unix://', '');
export const docker = new Docker({ socketPath: socket });

export const config = { cores: 4, memory: 8, storage: 100, kept: { size: 10 }, containers: { enabled: 'on', stopGrace: 'PT0.5S' } };

/** A shell line in the bed's image. */
export function sh(text: string, more: Partial<Executable> = {}): Executable {
  return { kind: kinds.dockerContainer, image: { locations: [`${image}:1`], digest }, command: ['sh', '-c', text], ...more };
}

/** Everything of an instance that the runtime still has. */
export function leftIn(instance: string): Promise<readonly string[]> {
  return leftWith(`execution-broker.instance=${instance}`);
}

/** Everything of a session that the runtime still has. */
export function leftOfSession(session: string): Promise<readonly string[]> {
  return leftWith(`execution-broker.session=${session}`);
}

async function leftWith(label: string): Promise<readonly string[]> {
  const filters = { label: [label] };
  const [containers, volumes] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listVolumes({ filters })]);
  return [...containers.map(({ Names }) => `container ${Names.join()}`), ...(volumes.Volumes as readonly { Name: string }[] | null ?? []).map(({ Name }) => `volume ${Name}`)];
}
