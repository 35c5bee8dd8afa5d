/** The administration speaks JSON, YAML and XML as every other operation does, and says so where it is asked for something else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';

let node: TestNode;
beforeAll(async () => { node = await startNode(); });
afterAll(() => node.stop());

interface Told { readonly accept?: string; readonly type?: string; readonly body?: string }

async function call(method: 'GET' | 'POST', path: string, { accept = 'application/json', type, body }: Told): Promise<{ status: number; type: string; text: string }> {
  const { status, headers, body: text } = await node.as('admin').send(method, path, { accept, ...(type === undefined ? {} : { 'content-type': type }) }, body);
  return { status, type: String(headers['content-type']).replace(/;.*/, ''), text };
}

const bodies: readonly (readonly [string, (name: string) => string])[] = [
  ['application/json', (name) => JSON.stringify({ name, password: 'long-enough', groups: ['astro'] })],
  ['application/yaml', (name) => `name: ${name}\npassword: long-enough\ngroups: [astro]\n`],
  ['application/xml', (name) => `<NewAccount><name>${name}</name><password>long-enough</password><groups><i>astro</i></groups></NewAccount>`],
];

describe('the administration', () => {
  it.for(bodies)('reads and writes %s', async ([type, write]) => {
    const name = `of-${type.split('/')[1]}`;
    const made = await call('POST', '/admin/accounts', { accept: type, type, body: write(name) });
    expect([made.status, made.type, made.text]).toEqual([201, type, expect.stringContaining(name)]);
    const listed = await call('GET', '/admin/accounts', { accept: type });
    expect([listed.status, listed.type, listed.text]).toEqual([200, type, expect.stringContaining('astro')]);
  });

  it('refuses what it can not write before it does anything', async () => {
    const refused = await call('POST', '/admin/accounts', { accept: 'text/html', type: 'application/json', body: bodies[0]![1]('never') });
    expect(refused.status).toBe(406);
    expect((await call('GET', '/admin/accounts', {})).text).not.toContain('never');
  });

  it('refuses what it can not read', async () => {
    expect((await call('POST', '/admin/accounts', { type: 'text/csv', body: 'name,password' })).status).toBe(415);
  });
});
