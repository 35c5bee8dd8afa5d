/** Every kind of v1.0 goes the whole way: asked for, kept, shown with every field, and refused by name where a part is missing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const executables: readonly Json[] = [
  {
    kind: kinds.dockerContainer, image: { locations: ['registry.example/app:1.10', 'mirror.example/app:1.10'], digest: `sha256:${'0'.repeat(64)}`, platform: { architecture: 'amd64', os: 'linux' } },
    privileged: false, command: ['--in', '/input/x'], entrypoint: '/bin/app', environment: { THREADS: '4', EMPTY: '' },
    network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP', path: '/ui' }] },
  },
  { kind: kinds.singularityContainer, location: 'https://example.org/app.sif' },
  { kind: kinds.jupyterNotebook, location: 'https://example.org/demo.ipynb' },
];
const ivoa = {
  ivoid: 'ivo://example.org/survey?cube1',
  obscore: {
    obs_id: 'o', obs_collection: 'c', obs_publisher_did: 'p', obs_creator_did: 'd', dataproduct_type: 'cube', calib_level: 2, access_url: 'https://example.org/o', access_format: 'image/fits',
  },
  datalink: {
    ID: 'i', access_url: 'https://example.org/d', service_def: 's', error_message: '', description: 'text', semantics: '#this', content_type: 'image/fits',
    content_length: 5_000_000_000, content_qualifier: 'q', local_semantics: 'l', link_auth: 'false', link_authorized: 'true',
  },
};
const data: readonly Json[] = [
  { kind: kinds.s3Data, meta: { name: 's3' }, endpoint: 'https://s3.example', template: '{endpoint}/{bucket}/{object}', bucket: 'b', object: 'a/b' },
  { kind: kinds.rucioData, meta: { name: 'rucio' }, rucio: { endpoint: 'https://rucio.example', scope: 'user', object: 'set', type: 'DATASET' } },
  { kind: kinds.ivoaData, meta: { name: 'ivoa' }, ivoa },
  {
    kind: kinds.skaoData, meta: { name: 'skao' }, ivoa,
    skao: { namespace: 'n', objectname: 'cube.fits', objecttype: 'FILE', datasize: 30_000_000_000, checksum: { type: 'md5', value: '0'.repeat(32) }, replicas: [{ rsename: 'R1', dataurl: 'https://r1.example/x' }] },
  },
];

const platform = (brings: readonly string[]) => ({
  name: 'stage', type: 'scripted', pools: { main: { cores: 16, memory: 64, storage: 1000 } }, brings,
  executables: ['scripted', 'dockerContainer', 'singularityContainer', 'jupyterNotebook'],
});
const all = ['s3Data', 'rucioData', 'ivoaData', 'skaoData'];

/** Every `meta.url` in a document. */
function urlsIn(document: Json): string[] {
  if (Array.isArray(document)) return document.flatMap(urlsIn);
  if (typeof document !== 'object' || document === null) return [];
  const own = typeof document.meta?.url === 'string' ? [document.meta.url as string] : [];
  return [...own, ...Object.values(document).flatMap(urlsIn)];
}

describe('every kind of v1.0', () => {
  let node: TestNode;
  let poor: TestNode;
  beforeAll(async () => {
    node = await startNode({ platforms: [platform(all)], mostOffers: 2 });
    poor = await startNode({ platforms: [platform([])] });
  });
  afterAll(async () => { await node.stop(); await poor.stop(); });

  it.each(executables)('$kind is shown as it was asked for', async (executable) => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().with({ executable: { ...executable, meta: { name: 'mine', description: 'what runs' } } }));
    expect((await alice.session(offers[0])).body.executable).toMatchObject({ ...executable, meta: { name: 'mine', description: 'what runs' } });
  });

  it.each(data)('$kind keeps every field from the request to the end', async (resource) => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().script({ run: 'PT1M' }).with({ data: [resource] }));
    const [offer] = offers;
    expect(offer.data).toMatchObject([resource]);
    expect(offer.storage[0].data).toEqual([offer.data[0].meta.uuid]);
    await alice.update(offer, 'ACCEPTED');
    await node.advance('PT3H');
    const ended = (await alice.session(offer)).body;
    expect([ended.phase, ended.data]).toEqual(['COMPLETED', [expect.objectContaining(resource.kind === kinds.skaoData ? { skao: resource.skao, ivoa } : { kind: resource.kind })]]);
  });

  it('the size that a resource tells makes room for it and time to bring it', async () => {
    const { offers } = await node.as('alice').ask(aRequest().with({ data: [data[3]] }));
    expect(offers[0].storage[0].size).toEqual({ min: 28, max: 28 });
    expect(offers[0].schedule.preparing.duration).toBe('PT10M');
  });

  it.each(data)('$kind is refused by its kind where nothing can bring it', async (resource) => {
    const set = await poor.as('alice').ask(aRequest().with({ data: [resource] }));
    expect([set.result, set.meta.messages[0].values.path]).toEqual(['NO', 'data[0].kind']);
  });

  it.each<[Json, string]>([
    [{ executable: { kind: kinds.jupyterNotebook } }, 'executable.location'], [{ executable: { kind: kinds.singularityContainer, location: '' } }, 'executable.location'],
    [{ data: [{ kind: kinds.s3Data, endpoint: 'https://s3.example' }] }, 'data[0].bucket'], [{ data: [{ kind: kinds.s3Data, bucket: 'b' }] }, 'data[0].endpoint'],
    [{ data: [{ kind: kinds.rucioData, rucio: { scope: 'a' } }] }, 'data[0].rucio.object'], [{ data: [{ kind: kinds.ivoaData }] }, 'data[0].ivoa.ivoid'],
    [{ data: [{ kind: kinds.skaoData, skao: { objectname: 'x' } }] }, 'data[0].skao.namespace'],
  ])('%j is answered NO with what is missing', async (fields, path) => {
    const set = await node.as('alice').ask(aRequest().with(fields));
    expect([set.result, set.meta.messages.map((one: Json) => one.values.path)]).toEqual(['NO', expect.arrayContaining([path])]);
  });

  it('every URL that a document carries answers with that document', async () => {
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().with({ data: [...data], storage: [{ kind: kinds.simpleStorage, meta: { name: 's' } }] }));
    const refused = await alice.ask(aRequest().with({ executable: { kind: 'urn:x' } }));
    const listed = (await alice.get('/sessions')).body;
    const urls = [set, refused, listed, (await alice.session(set.offers[0])).body].flatMap(urlsIn);
    expect(urls.length).toBeGreaterThan(4);
    for (const url of new Set(urls)) {
      const answer = await alice.get(new URL(url).pathname);
      expect([answer.status, answer.body.meta.url]).toEqual([200, url]);
    }
  });
});
