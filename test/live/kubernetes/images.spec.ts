/** Images that a registry gives to an account only, or that are made for other processors: said so that who asked can act on it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { Json } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { applied, dropNamespace, leftOf, makeNamespace } from './bed.js';
import { accepted, final, outputOf, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';
import { Registry } from './registry.js';
import type { Account } from './registry.js';

const instance = `images-${process.pid}`;
const namespace = `eb-${instance}`;
const account: Account = { user: 'site', password: 'right' };
let registry: Registry;

beforeAll(async () => {
  makeNamespace(namespace);
  registry = await Registry.open(account);
});
afterAll(async () => {
  dropNamespace(namespace);
  await registry.close();
});

/** As `kubectl create secret docker-registry` makes it. */
function keep(name: string, { user, password }: Account): void {
  const config = { auths: { [registry.host]: { username: user, password, auth: Buffer.from(`${user}:${password}`).toString('base64') } } };
  applied({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson', metadata: { name }, stringData: { '.dockerconfigjson': JSON.stringify(config) } }, namespace);
}

const running = (image: string): RequestBuilder => (
  aRequest().with({ executable: { kind: kinds.dockerContainer, image: { locations: [image] }, command: ['/bin/sh', '-c', 'echo ran'] } }).lasting('PT1M')
);
const words = ({ meta }: Json): string => JSON.stringify((meta.messages as Json[]).map((one) => one.message));
async function nothingIsLeft(of: string): Promise<void> {
  await expect.poll(() => leftOf(namespace, of), { timeout: 90_000, interval: 250 }).toEqual([]);
}

/** Each with a node of its own, as the secret is the site's choice. */
async function withNode(name: string, secrets: readonly string[], use: (node: LiveNode) => Promise<void>, more: Json = {}): Promise<void> {
  const node = await startLiveNode(name, namespace, { patience: 'PT90S', pullSecrets: secrets, ...more });
  try {
    await use(node);
    await nothingIsLeft(name);
  } finally {
    await node.stop();
  }
}

describe('an image of a registry that asks who pulls', () => {
  it.each([['without an account', 'none', []], ['with a wrong password', 'wrong', ['wrong']]] as const)('%s is refused with that word', async (_how, name, secrets) => {
    keep('wrong', { ...account, password: 'guessed' });
    await withNode(`${instance}-${name}`, secrets, async (node) => {
      const image = registry.push(`private/${name}`);
      const ended = await untilIn(node, await accepted(node, running(image)), final, 150_000);
      expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringContaining(`the registry does not give '${image}' to this cluster`)]);
    });
  }, 300_000);

  it('is run with the right one', async () => {
    keep('right', account);
    await withNode(`${instance}-right`, ['right'], async (node) => {
      const session = await accepted(node, running(registry.push('private/right')));
      const ended = await untilIn(node, session, final, 150_000);
      expect(ended.phase, words(ended)).toBe('COMPLETED');
      expect(await outputOf(node, session)).toBe('ran\n');
    });
  }, 300_000);
});

describe('an image for other processors', () => {
  it.each([['held', {}], ['not held', { hold: undefined }]] as const)('is refused with that word where places are %s', async (how, more) => {
    keep('right', account);
    await withNode(`${instance}-${how === 'held' ? 'h' : 'u'}`, ['right'], async (node) => {
      const image = registry.push(`other/${how === 'held' ? 'h' : 'u'}`, 'arm64');
      const ended = await untilIn(node, await accepted(node, running(image)), final, 150_000);
      expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringMatching(/processors|platform/)]);
    }, more);
  }, 300_000);
});
