import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchDocument, isSafeAddress, sendForm } from './fetch-document.js';

let server: Server;
let url: string;
let seen: string[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
beforeEach(() => { seen = []; });

describe('a document of an issuer', () => {
  it.each<readonly [string, (response: ServerResponse) => void, RegExp]>([
    ['a page for people', (response) => { response.end('<html>Sign in</html>'); }, /\/keys sent no JSON$/],
    ['nothing', (response) => { response.end(); }, /\/keys sent no JSON$/],
    ['a fault', (response) => { response.writeHead(500).end('secret trace'); }, /\/keys answered 500$/],
    ['an answer without contents', (response) => { response.writeHead(204).end(); }, /\/keys answered 204$/],
    ['more than a megabyte', (response) => { response.end(`{"keys":[${'0,'.repeat(5_000_000)}0]}`); }, /\/keys sent more than 1048576 bytes$/],
  ])('is none where %s comes; the fault names the address, and no word of the answer', async (_what, how, told) => {
    answer = how;
    await expect(fetchDocument(`${url}/keys`)).rejects.toThrow(told);
  });

  it.each([301, 302, 303, 307, 308])('is not looked for elsewhere after a redirect (%i)', async (status) => {
    answer = (response) => { response.writeHead(status, { location: `${url}/elsewhere` }).end(); };
    await expect(fetchDocument(`${url}/keys`)).rejects.toThrow(`answered ${status}`);
    await expect(sendForm(`${url}/token`, { subject_token: 'secret' }, {})).rejects.toThrow(`answered ${status}`);
    expect(seen).toEqual(['/keys', '/token']);
  });

  it('is asked for by https, or on this machine', async () => {
    expect(['https://iam.example/', 'http://localhost:1/x', 'http://127.0.0.1', 'http://[::1]:8/'].map(isSafeAddress)).toEqual([true, true, true, true]);
    const others = ['http://iam.example/', 'http://127.0.0.1.example/', 'http://localhost.example', 'ftp://localhost/', 'file:///etc/passwd', 'data:application/json,{}', '', '//iam.example', 'http://127.0.0.1@iam.example/'];
    expect(others.filter(isSafeAddress)).toEqual([]);
    await expect(fetchDocument('http://iam.example/keys')).rejects.toThrow('is not an https address');
  });
});
