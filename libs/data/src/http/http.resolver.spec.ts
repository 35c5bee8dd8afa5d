import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { DataResolver } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import { quiet, resolved, serving, simpleData } from '../data.fixture.js';
import { isInside } from './addresses.js';
import { httpPlugin } from './http.resolver.js';

function aResolver(more: Record<string, unknown> = {}, clock = new HandClock(0)): DataResolver {
  return httpPlugin.create(httpPlugin.parseConfig({ allowPrivate: true, ...more }), { clock, log: quiet });
}
const signal = new AbortController().signal;

describe('http resolver', () => {
  it('learns the size by HEAD and estimates by the configured bandwidth', async () => {
    await serving((_ask, answer) => { answer.setHeader('content-length', 2 * 1024 ** 2); answer.end(); }, async (url) => {
      const got = await aResolver({ bandwidth: 4 }).resolve(simpleData(`${url}/sky/stars%20a.csv?x=1`));
      expect(got).toMatchObject({ found: true, bytes: 2 * 1024 ** 2, estimate: 500, fileName: 'stars a.csv', warnings: [] });
    });
  });

  it('asks for one byte where HEAD is not done', async () => {
    await serving((ask, answer) => {
      if (ask.method === 'HEAD') { answer.writeHead(405).end(); return; }
      expect(ask.headers.range).toBe('bytes=0-0');
      answer.writeHead(206, { 'content-range': 'bytes 0-0/1234' }).end('x');
    }, async (url) => {
      expect(await aResolver().resolve(simpleData(`${url}/a`))).toMatchObject({ found: true, bytes: 1234 });
    });
  });

  it('says NO for what is not there, and guesses with a warning what can not be looked up now', async () => {
    await serving((_ask, answer) => { answer.writeHead(410).end(); }, async (url) => {
      expect(await aResolver().resolve(simpleData(`${url}/a`))).toMatchObject({ found: false, reasons: [{ path: 'location' }] });
    });
    const got = await aResolver().resolve(simpleData('http://127.0.0.1:1/a'));
    expect(got).toMatchObject({ found: true, estimate: 60_000, warnings: [{ level: 'WARN', path: 'location' }] });
  });

  it('gives up a look-up after its time', async () => {
    const clock = new HandClock(0);
    await serving(() => undefined, async (url) => {
      const got = aResolver({}, clock).resolve(simpleData(`${url}/a`));
      await expect.poll(() => clock.asleep).toBe(1);
      await clock.advance(10_000);
      expect(await got).toMatchObject({ found: true, warnings: [{ values: { why: 'no answer in time' } }] });
    });
  });

  it('streams the data, and refuses more than the limit', async () => {
    await serving((ask, answer) => { answer.write('x,y\n'); if (ask.url === '/big') answer.write('z'.repeat(100)); answer.end(); }, async (url) => {
      const resolver = aResolver({ maxBytes: 50 });
      expect(await text((await resolver.open(resolved(`${url}/small`), signal)).stream)).toBe('x,y\n');
      const big = await resolver.open(resolved(`${url}/big`), signal);
      await expect(text(big.stream)).rejects.toMatchObject({ word: 'too-large' });
    });
  });

  it('tells passing refusals from lasting ones', async () => {
    await serving((ask, answer) => { answer.writeHead(ask.url === '/busy' ? 503 : 404).end(); }, async (url) => {
      await expect(aResolver().open(resolved(`${url}/busy`), signal)).rejects.toMatchObject({ fixer: 'time' });
      await expect(aResolver().open(resolved(`${url}/none`), signal)).rejects.toMatchObject({ word: 'not-found', fixer: 'caller' });
    });
  });

  it('says which source can not be reached and why, and that it may pass', async () => {
    await expect(aResolver().open(resolved('http://127.0.0.1:1/a'), signal)).rejects.toMatchObject({
      word: 'unavailable', fixer: 'time', reasons: [{ path: 'location', values: { location: 'http://127.0.0.1:1/a', fault: expect.stringMatching(/ECONNREFUSED|refused/) as string } }],
    });
  });

  it('ends with what the signal says when it is aborted while it asks', async () => {
    const end = new AbortController();
    await serving(() => { end.abort(new Error('cancelled')); }, async (url) => {
      await expect(aResolver().open(resolved(`${url}/a`), end.signal)).rejects.toThrow('cancelled');
    });
  });

  it('refuses a redirect to what is no URL', async () => {
    await serving((_ask, answer) => { answer.writeHead(302, { location: 'http://[' }).end(); }, async (url) => {
      await expect(aResolver().open(resolved(`${url}/a`), signal)).rejects.toMatchObject({ fixer: 'caller', message: expect.stringContaining('no URL') as string });
    });
  });

  it('checks each redirect and limits their number', async () => {
    await serving((ask, answer) => {
      answer.writeHead(302, { location: ask.url === '/out' ? 'http://elsewhere.example/x' : '/again' }).end();
    }, async (url) => {
      const resolver = aResolver({ allow: ['127.0.0.1'] });
      const out = await resolver.resolve(simpleData(`${url}/out`));
      expect(out.found ? '' : out.reasons[0]?.values.host).toBe('elsewhere.example');
      expect(await resolver.resolve(simpleData(`${url}/loop`))).toMatchObject({ found: false });
    });
  });

  it('reaches no private address unless the operator allows it, by name or by number', async () => {
    const careful = aResolver({ allowPrivate: false });
    for (const location of ['http://127.0.0.1/x', 'http://[::1]/x', 'http://2130706433/x', 'http://169.254.169.254/latest', 'http://localhost:1/x', 'http://[::ffff:10.0.0.1]/x']) {
      const got = await careful.resolve(simpleData(location));
      expect(got.found ? location : got.reasons[0]?.kind).toBe('urn:execution-broker:reason:host-refused');
    }
  });

  it('knows inside addresses in both families', () => {
    expect(['10.1.2.3', '172.31.0.1', '100.64.1.1', '169.254.169.254', '0.0.0.0', 'fe80::1%eth0', 'fd00::1', 'fd00:ec2::254', '::ffff:192.168.1.1', '::ffff:a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '::1', '::', '::127.0.0.1', 'ff02::1'].every(isInside)).toBe(true);
    expect(['8.8.8.8', '172.32.0.1', '2606:4700::1', 'example.org'].some(isInside)).toBe(false);
  });

  it('refuses other hosts, credentials and unreadable checksums before asking anybody', async () => {
    const resolver = aResolver({ allow: ['*.example.org'] });
    for (const [data, path] of [
      [simpleData('http://evil.example/x'), 'location'], [simpleData('http://user:word@a.example.org/x'), 'location'],
      [simpleData('http://a.example.org/x', { checksum: { type: 'sha256', value: 'zz' } }), 'checksum.value'],
    ] as const) expect(await resolver.resolve(data)).toMatchObject({ found: false, reasons: [{ path }] });
  });

  it('shows a token to the hosts of its service only, redirects included, and by http on this machine alone', async () => {
    const seen: string[] = [];
    await serving((ask, answer) => {
      seen.push(`${ask.headers.host?.split(':')[0] ?? ''} ${ask.url ?? ''} ${ask.headers.authorization ?? '-'}`);
      const port = ask.headers.host?.split(':')[1] ?? '';
      if (ask.url === '/away') answer.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` });
      answer.end();
    }, async (url) => {
      const resolver = aResolver({ tokens: [{ service: 'lake', hosts: ['localhost', '*.lake.example'] }] });
      const at = url.replace('127.0.0.1', 'localhost');
      await resolver.resolve(simpleData(`${at}/mine`), 'secret');
      await resolver.resolve(simpleData(`${url}/other`), 'secret');
      await resolver.open(resolved(`${at}/away`), signal, 'secret');
      expect([...new Set(seen)]).toEqual(['localhost /mine Bearer secret', '127.0.0.1 /other -', 'localhost /away Bearer secret', '127.0.0.1 /elsewhere -']);
      expect(['http://a.lake.example/x', 'https://lake.example/x', `${url}/x`].map((location) => resolver.serviceOf?.(simpleData(location)))).toEqual(['lake', undefined, undefined]);
      expect(await resolver.resolve(simpleData('http://a.lake.example/x'), 'secret')).toMatchObject({ found: false, reasons: [{ kind: 'urn:execution-broker:reason:credential-unsafe' }] });
    });
    expect(() => httpPlugin.parseConfig({ tokens: [{ service: 'lake', hosts: ['*'] }] })).toThrow('tokens.0.hosts');
  });

  it('names the key of a faulty configuration', () => {
    expect(() => httpPlugin.parseConfig({ idleTimeout: '5s' })).toThrow('idleTimeout');
    expect(() => httpPlugin.parseConfig({ bandwith: 5 })).toThrow('bandwith');
  });
});
