/** A pretended resolver of SKAO data: what has a replica at the node's own site is there, all else comes at two seconds for a GiB. */
import { Readable } from 'node:stream';
import { kinds } from '#model';
import type { DataResolverPlugin } from '#plugin-sdk';

interface Replicas { readonly near: string }

export const replicasPlugin: DataResolverPlugin<Replicas> = {
  name: 'replicas', schema: { type: 'object' }, parseConfig: (raw) => raw as Replicas,
  create: ({ near }) => ({
    kinds: [kinds.skaoData],
    claims: ({ kind }) => kind === kinds.skaoData,
    resolve: ({ skao = {} }) => {
      const replicas = skao['replicas'] as readonly { readonly rsename: string; readonly dataurl: string }[];
      const bytes = Number(skao['datasize']);
      const estimate = replicas.some(({ rsename }) => rsename === near) ? 0 : (bytes / 1024 ** 3) * 2_000;
      return Promise.resolve({ found: true, locations: replicas.map(({ dataurl }) => dataurl), bytes, estimate, fileName: String(skao['objectname']), warnings: [] });
    },
    open: () => Promise.resolve({ stream: Readable.from([]) }),
  }),
};
