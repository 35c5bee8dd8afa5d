/** What slow, greedy and lying clients do to connections, over real sockets. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

/** One that waits for nobody, and one that waits long enough for all that comes, however busy the machine is. */
let hasty: TestNode;
let patient: TestNode;
beforeAll(async () => {
  hasty = await startNode({ limits: { headersWithin: 'PT0.3S', requestWithin: 'PT0.6S' } });
  patient = await startNode({ limits: { connections: 20 } });
});
afterAll(async () => {
  await hasty.stop();
  await patient.stop();
});

const authorization = `Basic ${Buffer.from('alice:correct horse battery staple').toString('base64')}`;

async function open(node = patient): Promise<{ socket: Socket; heard: () => string; ended: Promise<unknown> }> {
  const { hostname, port } = new URL(node.running.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('error', () => undefined);
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, heard: () => text, ended };
}

it('a client that never ends its headers is cut off with 408', async () => {
  const { socket, heard, ended } = await open(hasty);
  socket.write('POST /requests HTTP/1.1\r\nhost: x\r\nx-slow: a');
  await ended;
  expect(heard()).toMatch(/^HTTP\/1\.1 408/);
});

it('a client that never ends its body is cut off', async () => {
  const { socket, heard, ended } = await open(hasty);
  socket.write(`POST /requests HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":`);
  await ended;
  expect(heard()).toMatch(/^(?:HTTP\/1\.1 408|$)/);
});

it('headers beyond all measure are answered 431', async () => {
  const { socket, heard, ended } = await open();
  socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(40_000)}\r\n\r\n`);
  await ended;
  expect(heard()).toMatch(/^HTTP\/1\.1 431/);
});

it('two lengths of one body are refused, so that nothing can be smuggled past a proxy', async () => {
  const { socket, heard, ended } = await open();
  socket.write('POST /requests HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /admin/accounts HTTP/1.1\r\nhost: x\r\n\r\n');
  await ended;
  expect(heard()).toMatch(/^HTTP\/1\.1 400/);
  expect(heard().match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
});

it.each([
  ['an unknown method', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', 400], ['what is no HTTP', '\x16\x03\x01\x02\x00\x01', 400],
  ['a broken chunk', 'POST /requests HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
  ['headers beyond all measure', `GET / HTTP/1.1\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431], ['a request that does not come', 'GET / HTTP/1.1\r\nx: ', 408],
])('%s is answered with a problem document', async (_, text, status) => {
  const { socket, heard, ended } = await open(status === 408 ? hasty : patient);
  socket.write(text);
  await ended;
  const [head = '', body = ''] = heard().split('\r\n\r\n');
  expect(head).toContain('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status, detail: expect.stringMatching(/.{20}/) as string });
});

it('more connections than there may be are closed, and the others go on', async () => {
  const all = await Promise.all(Array.from({ length: 40 }, () => open()));
  await Promise.all(all.slice(25).map((one) => one.ended));
  for (const { socket } of all) socket.destroy();
  await Promise.all(all.map((one) => one.ended));
  expect((await patient.as('alice').ask(aRequest())).result).toBe('YES');
});
