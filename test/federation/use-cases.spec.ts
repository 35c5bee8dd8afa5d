/** Use cases that need several different sites: UC-42, one notebook at three kinds of systems, and UC-53, data that is near. */
import { describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const site = (name: string, more: Json): Json => ({
  name, type: 'scripted', pools: { main: { cores: 16, memory: 64, storage: 1000 } }, executables: ['scripted', 'jupyterNotebook'], ...more,
});
const nodeOf = (platform: Json, data: readonly unknown[] = []): Promise<TestNode> => kept(startNode({ platforms: [platform], data, spacing: 'PT5M' }));
const over = (nodes: Readonly<Record<string, TestNode>>): Promise<TestAggregator> =>
  kept(TestAggregator.start({ members: Object.entries(nodes).map(([name, node]) => asMember(name, node.running.url)) }));

/** The earliest offer of each member: whose it is shows in the explanation alone. */
async function membersOf(ag: TestAggregator, set: Json): Promise<ReadonlyMap<string, Json>> {
  const { steps } = (await ag.as('alice').get(`/offersets/${set.meta.uuid}/explanation`)).body;
  const nameOf = (step: Json): string => step.facts.find((fact: Json) => fact.name === 'member').value;
  const members = new Map(steps.filter((step: Json) => step.step === 'offer').map((step: Json) => [step.about, nameOf(step)]));
  return new Map([...set.offers].reverse().map((offer: Json) => [String(members.get(offer.meta.uuid)), offer]));
}

/** Names and types of all fields of a document, at every depth. */
function shapeOf(document: Json): Json {
  if (Array.isArray(document)) return document.map(shapeOf);
  if (typeof document !== 'object' || document === null) return typeof document;
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, shapeOf(value)]));
}

describe('UC-42: one notebook at three kinds of systems', () => {
  const notebook = aRequest().from('2030-06-03T08:15:00Z/PT0S').with({ executable: { kind: kinds.jupyterNotebook, location: 'https://example.org/demo.ipynb' } });
  const wayIn = (location: string): Json => ({ run: 'PT1H', connectors: [{ protocol: 'HTTPS', location }] });

  it('is offered by each with its own time of preparing and in the same shape, and opens where it was accepted', async () => {
    const hub = await nodeOf(site('jupyterhub', { preparing: 'PT30S', behaviour: wayIn('https://example.org/hub') }));
    const cluster = await nodeOf(site('kubernetes', { preparing: 'PT2M', elastic: true, behaviour: wayIn('https://example.org/ingress') }));
    const cloud = await nodeOf(site('openstack', { preparing: 'PT10M', flavours: { small: { cores: 1, memory: 1 } }, behaviour: wayIn('https://example.org/machine') }));
    const ag = await over({ hub, cluster, cloud });
    const set = await ag.as('alice').ask(notebook);
    expect(set.result).toBe('YES');
    const offers = await membersOf(ag, set);
    const preparing = [...offers].map(([name, offer]) => [name, offer.schedule.preparing.duration]);
    expect(Object.fromEntries(preparing)).toEqual({ hub: 'PT30S', cluster: 'PT2M', cloud: 'PT10M' });
    expect(shapeOf(offers.get('cluster'))).toEqual(shapeOf(offers.get('hub')));
    expect(shapeOf(offers.get('cloud'))).toEqual(shapeOf(offers.get('hub')));
    await ag.as('alice').update(offers.get('cloud'), 'ACCEPTED');
    await cloud.advance('PT20M');
    const { phase, connectors } = (await ag.as('alice').session(offers.get('cloud'))).body;
    expect([phase, connectors[0].location]).toEqual(['RUNNING', 'https://example.org/machine']);
  });
});

describe('UC-53: data that stands near one of two nodes', () => {
  const cube: Json = {
    kind: kinds.skaoData, meta: { name: 'cube' },
    ivoa: { ivoid: 'ivo://example.org/survey?cube' },
    skao: { namespace: 'survey', objectname: 'cube.fits', objecttype: 'FILE', datasize: 256 * 1024 ** 3, checksum: { type: 'md5', value: '0'.repeat(32) }, replicas: [{ rsename: 'SITE-1', dataurl: 'https://data.example.org/cube.fits' }] },
  };
  const wish = (start: string) => aRequest().with({ data: [cube] }).from(`2030-06-03T08:00:00Z/${start}`);

  async function twoSites(): Promise<TestAggregator> {
    const near = (name: string): Promise<TestNode> => nodeOf(site('stage', { data: ['skaoData'], preparing: 'PT0S' }), [{ name: 'replicas', type: 'replicas', site: name, delay: 'PT1M', secondsPerGiB: 2 }]);
    return over({ n1: await near('SITE-1'), n2: await near('SITE-2') });
  }

  it('starts there after the delay of the service alone, and elsewhere when it has come', async () => {
    const ag = await twoSites();
    const offers = await membersOf(ag, await ag.as('alice').ask(wish('PT1H')));
    const [near, far] = ['n1', 'n2'].map((name) => offers.get(name).schedule);
    expect([near.preparing, near.available.start]).toEqual([{ start: '2030-06-03T08:00:00Z', duration: 'PT1M' }, '2030-06-03T08:01:00Z/PT5M']);
    expect([far.preparing, far.available.start]).toEqual([{ start: '2030-06-03T08:00:00Z', duration: 'PT9M32S' }, '2030-06-03T08:09:32Z/PT5M']);
  });

  it('is offered there alone where the start can not wait, and the other says when it could', async () => {
    const ag = await twoSites();
    const set = await ag.as('alice').ask(wish('PT5M'));
    expect([...(await membersOf(ag, set)).keys()]).toEqual(['n1']);
    expect(set.meta.messages).toEqual([expect.objectContaining({ level: 'INFO', values: expect.objectContaining({ member: 'n2', first: '2030-06-03T08:09:32Z' }) })]);
  });
});
