/** Ways in that ask for the session's token, and routes of the Gateway API. Its definitions are the real ones; no controller runs here. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Platform } from '#plugin-sdk';
import { aDraft } from '#plugin-sdk/testing';
import { kubernetesPlugin } from '#platforms/kubernetes';
import type { Json } from '../../support/node.js';
import { bedConfig, bedHost, dropNamespace, kubectl, leftOf, makeNamespace, sh } from './bed.js';
import { accepted, shell, startLiveNode, untilIn, untilSession } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `gate-${process.pid}`;
const namespace = `eb-${instance}`;
const gate = { image: 'bed.local/gate:1' };
const gateway = { host: '{session}.apps.example.org', name: 'front', namespace: 'gateways', listener: 'https' };
const serving = 'mkdir -p /tmp/w/deep; echo pong >/tmp/w/index.html; echo deeper >/tmp/w/deep/page; exec httpd -f -p 8080 -h /tmp/w';

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

/** Status, a line break, and the body. */
function got(url: string, ...options: readonly string[]): string {
  return execFileSync('curl', ['-sS', '-m', '60', '-w', '\\n%{http_code}', ...options, url], { encoding: 'utf8' });
}

function opening(path = ''): Parameters<typeof accepted>[1] {
  return shell(serving, { network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP', path }] } }).lasting('PT10M');
}

describe('a way in behind the gate', () => {
  let node: LiveNode;
  let session: Json;
  let location: string;
  beforeAll(async () => {
    node = await startLiveNode(instance, namespace, { patience: 'PT60S', connectors: { gate } });
    session = await accepted(node, opening('index.html'));
    const open = await untilSession(node, session, ({ connectors = [] }) => connectors.some((one: Json) => one.status === 'AVAILABLE'));
    location = open.connectors[0].location as string;
  }, 300_000);
  afterAll(() => node.stop());

  it("lets through who shows the session's token, in the address, by the cookie that this leaves, or in a header", () => {
    expect(location).toMatch(/^http:\/\/[0-9.]+:8080\/index\.html\?token=[0-9a-f]{48}$/);
    const page = new URL('/deep/page', location).href;
    const jar = `/tmp/eb-gate-${process.pid}`;
    expect(got(location, '-c', jar)).toBe('pong\n\n200');
    expect(got(page, '-b', jar)).toBe('deeper\n\n200');
    execFileSync('rm', [jar]);
    expect(got(page, '-H', `Authorization: Bearer ${location.split('token=')[1]}`)).toBe('deeper\n\n200');
  });

  it('stops everybody else: 401 for who shows nothing, 403 for what is wrong', () => {
    const bare = location.split('?')[0] ?? '';
    expect(got(bare)).toMatch(/401$/);
    expect(got(`${bare}?token=${'0'.repeat(48)}`)).toMatch(/403$/);
    expect(got(bare, '-H', 'Authorization: Bearer wrong')).toMatch(/403$/);
    expect(got(bare, '-H', `Cookie: eb_way_in_${String(session.meta.uuid).slice(0, 8)}=wrong`)).toMatch(/403$/);
  });

  it('has its token in the Secret alone, takes no more than was granted, and goes with the session', async () => {
    const token = location.split('token=')[1] ?? '';
    expect(kubectl('-n', namespace, 'get', 'jobs,pods,services', '-o', 'yaml')).not.toContain(token);
    const pod = JSON.parse(kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/session=${session.meta.uuid},execution-broker/role=payload`, '-o', 'json')).items[0] as Json;
    expect([pod.spec.containers[0].resources.limits, pod.spec.initContainers[0].resources.limits]).toEqual([{ cpu: '950m', memory: '960Mi' }, { cpu: '50m', memory: '64Mi' }]);
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await untilIn(node, session, ['CANCELLED']);
    await expect.poll(() => leftOf(namespace, instance), { timeout: 90_000, interval: 500 }).toEqual([]);
  }, 240_000);

  it('is refused for what it can not look into', async () => {
    const platform = await made({ gate });
    const unfit = (network: Json) => platform.assess(aDraft(sh('true', { network })));
    expect(await unfit({ ports: [{ access: true, internal: { port: 8443 }, protocol: 'HTTPS' }] })).toMatchObject({ fits: false, reasons: [{ path: 'executable.network.ports[0].protocol' }] });
    expect(await unfit({ ports: [{ access: true, internal: { port: 19_080 }, protocol: 'HTTP' }] })).toMatchObject({ fits: false, reasons: [{ path: 'executable.network.ports[0].internal.port' }] });
    await platform.close?.();
  });
});

describe('a route', () => {
  it("leads from the gateway's host to the session, as the server understands it, and goes with the session", async () => {
    const node = await startLiveNode(`${instance}-r`, namespace, { patience: 'PT60S', connectors: { gate, gateway } });
    const session = await accepted(node, opening());
    const open = await untilSession(node, session, ({ connectors = [] }) => connectors.some((one: Json) => one.status === 'AVAILABLE'));
    expect(open.connectors[0].location).toMatch(new RegExp(`^https://${session.meta.uuid}\\.apps\\.example\\.org/\\?token=[0-9a-f]{48}$`));
    const route = JSON.parse(kubectl('-n', namespace, 'get', 'httproutes', '-o', 'json')).items[0] as Json;
    expect(route.spec).toMatchObject({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'front', namespace: 'gateways', sectionName: 'https' }], hostnames: [`${session.meta.uuid}.apps.example.org`],
      rules: [{ backendRefs: [{ kind: 'Service', name: `eb-${session.meta.uuid}`, port: 8080 }], matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
    });
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await untilIn(node, session, ['CANCELLED']);
    await expect.poll(() => kubectl('-n', namespace, 'get', 'httproutes', '-o', 'name'), { timeout: 90_000, interval: 500 }).toBe('');
    await node.stop();
  }, 240_000);

  it('to a gateway that is not there is found by the check', async () => {
    const platform = await made({ gateway });
    const findings = await platform.check?.() ?? [];
    expect(findings.find(({ about }) => about === 'gateway front')).toMatchObject({ verdict: 'bad', seen: expect.stringContaining('there is none') as string });
    expect(findings.find(({ about }) => about === 'right to create httproutes')).toMatchObject({ verdict: 'good' });
    await platform.close?.();
  });
});

async function made(connectors: Json): Promise<Platform> {
  return kubernetesPlugin.create(kubernetesPlugin.parseConfig(bedConfig(namespace, { connectors })), await bedHost(instance));
}
