import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kinds } from '#model';
import type { DataResource, ResolvedData } from '#model';
import type { DataResolver } from '#plugin-sdk';
import { rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { parseReplicasConfig } from './config.js';
import { replicasPlugin } from './replicas.resolver.js';

const gibibyte = 2 ** 30;
const host = { clock: HandClock.at('2030-06-03T08:00:00Z'), log: rememberingLog([]) };
const resolver = (config: object): DataResolver => replicasPlugin.create(parseReplicasConfig({ site: 'SITE-1', delay: 'PT1M', ...config }), host);

function cube(replicas: readonly { readonly rsename: string; readonly dataurl: string }[], more: object = {}): DataResource {
  return { kind: kinds.skaoData, skao: { namespace: 'survey', objectname: 'cube.fits', datasize: 256 * gibibyte, replicas, ...more } };
}
const at = (rsename: string): { readonly rsename: string; readonly dataurl: string } => ({ rsename, dataurl: `https://${rsename.toLowerCase()}.example.org/cube.fits` });

async function minutesFor(of: DataResolver, resource: DataResource): Promise<number> {
  const found = await of.resolve(resource);
  return found.found ? found.estimate / 60_000 : Number.NaN;
}

describe('a dataset with replicas', () => {
  it('takes the delay of the service where one is at the site, and else the time to bring it', async () => {
    expect(await minutesFor(resolver({}), cube([at('SITE-2'), at('SITE-1')]))).toBe(1);
    expect(await minutesFor(resolver({}), cube([at('SITE-2')]))).toBe((256 * 2 + 60) / 60);
  });

  it('comes from the nearest of the others', async () => {
    const near = resolver({ sites: { 'SITE-3': 0.5, 'SITE-4': 9 } });
    expect(await minutesFor(near, cube([at('SITE-4'), at('SITE-3'), at('SITE-2')]))).toBe((256 * 0.5 + 60) / 60);
    expect(await near.resolve(cube([at('SITE-4'), at('SITE-3'), at('SITE-2')]))).toMatchObject({ locations: [at('SITE-3').dataurl, at('SITE-2').dataurl, at('SITE-4').dataurl], fileName: 'cube.fits' });
  });

  it('may be known by the table alone, also by its name in Rucio', async () => {
    const table = resolver({ datasets: [{ name: 'survey:cube.fits', bytes: gibibyte, replicas: { 'SITE-1': 'https://site-1.example.org/cube.fits' } }] });
    expect(await minutesFor(table, cube([], { datasize: undefined }))).toBe(1);
    expect(await table.resolve({ kind: kinds.rucioData, rucio: { scope: 'survey', object: 'cube.fits' } })).toMatchObject({ found: true, bytes: gibibyte, estimate: 60_000 });
  });

  it('whose size nobody tells takes a configured time, and says so', async () => {
    expect(await resolver({ defaultEstimate: 'PT20M' }).resolve(cube([at('SITE-2')], { datasize: undefined }))).toMatchObject({ estimate: 21 * 60_000, warnings: [{ level: 'INFO' }] });
  });

  it.each<[string, DataResource]>([
    ['without any replica', cube([])], ['of which none can be fetched', cube([{ rsename: 'SITE-1', dataurl: 'root://site-1.example.org//cube' }])], ['at an address that is not allowed', cube([{ rsename: 'SITE-1', dataurl: 'http://169.254.169.254/latest' }])],
    ['without a name', { kind: kinds.skaoData, skao: { replicas: [at('SITE-1')] } }], ['with a broken checksum', cube([at('SITE-1')], { checksum: { type: 'md5', value: 'zz' } })], ['too large for this node', cube([at('SITE-1')], { datasize: 2 * 1024 ** 4 })],
    ['with replicas that are none', cube([], { replicas: [null, 7, { rsename: 1 }] })], ['and nothing else', { kind: kinds.rucioData }],
  ])('is refused with a reason: %s', async (_what, resource) => {
    const answer = await resolver({}).resolve(resource);
    expect(answer.found ? [] : answer.reasons).toHaveLength(1);
  });

  it('is fetched from the next replica where the nearest is away', async () => {
    const server = createServer((request, response) => { if (request.url === '/there') response.end('the cube'); else response.writeHead(503).end(); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    onTestFinished(() => { server.close(); });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const of = resolver({ http: { allowPrivate: true } });
    const resolution = await of.resolve(cube([{ rsename: 'SITE-1', dataurl: `${base}/away` }, { rsename: 'SITE-2', dataurl: `${base}/there` }], { datasize: 8 }));
    expect(resolution.found).toBe(true);
    const { stream } = await of.open(resolution as unknown as ResolvedData, new AbortController().signal);
    expect(await text(stream)).toBe('the cube');
  });
});

describe('the configuration of replicas', () => {
  const one = { name: 'a:b', replicas: { S: 'https://x' } };

  it.each([
    [{}, 'site'], [{ site: 'S', secondsPerGiB: -1 }, 'secondsPerGiB'], [{ site: 'S', datasets: [{ ...one, name: 'cube' }] }, 'datasets.0.name'], [{ site: 'S', rate: 1 }, 'rate'],
    [{ site: 'S', delay: 'soon' }, 'delay'], [{ site: 'S', datasets: [one, one] }, 'datasets[1].name'],
  ])('%j names the key %s', (raw, path) => {
    expect(() => parseReplicasConfig(raw)).toThrow(expect.objectContaining({ name: 'ConfigFault', path }));
  });
});
