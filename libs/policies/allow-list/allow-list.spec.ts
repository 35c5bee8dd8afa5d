import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Executable } from '#model';
import { kinds, reasonText } from '#model';
import type { Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { readImage, repositoryOf } from './image-name.js';
import { allowListPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const sha = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const debian = { images: [{ repository: 'docker.io/library/debian', tags: ['12', '12-*'] }] };
const noNetwork: typeof fetch = () => Promise.reject(new TypeError('no network'));

async function judge(config: unknown, request: object, fetch = noNetwork): Promise<Verdict> {
  const policy = allowListPolicy.create(allowListPolicy.parseConfig(config), { clock, log: rememberingLog([]), fetch });
  return await policy.judge?.(anAsk({ request })) ?? { kind: 'allow' };
}
function container(...locations: readonly string[]): { executable: Executable } {
  return { executable: { kind: kinds.dockerContainer, image: { locations } } };
}

policyContract({
  name: 'allow-list', plugin: allowListPolicy, clock, config: { ...debian, dataHosts: ['*.skao.int'] },
  badConfigs: [
    { raw: {}, path: '' },
    { raw: { images: [{ repository: 'debian' }] }, path: 'images[0].repository' },
    { raw: { images: [{ repository: 'docker.io/library/Debian' }] }, path: 'images[0].repository' },
    { raw: { images: [{ repository: 'docker.io/library/debian:12' }] }, path: 'images[0].repository' },
    { raw: { images: [{ repository: 'docker.io/x', digests: ['sha256:12'] }] }, path: 'images[0].digests[0]' },
    { raw: { images: [{ repository: 'docker.io/*a*b*c*d*e' }] }, path: 'images[0].repository' },
    { raw: { executables: ['dokcer-container'] }, path: 'executables[0]' },
  ],
  asks: [
    { title: 'a listed image is allowed', ask: anAsk({ request: container('debian:12') }), verdict: 'allow' },
    { title: 'an image that is not listed is denied', ask: anAsk({ request: container('alpine:3') }), verdict: 'deny' },
    { title: 'data of another host is denied', ask: anAsk({ request: { ...container('debian:12'), data: [{ kind: kinds.simpleData, location: 'https://example.org/x' }] } }), verdict: 'deny' },
  ],
});

describe('names of images', () => {
  it.each(['debian:12', 'docker.io/debian:12', 'docker.io/library/debian:12', 'index.docker.io/library/debian:12', 'docker.io:443/library/debian:12', 'DOCKER.IO/library/debian:12', 'docker://debian:12'])('%s is the listed image', async (name) => {
    expect((await judge(debian, container(name))).kind).toBe('allow');
  });

  it.each([
    ['Debian:12', 'an upper-case path'], ['library/Debian:12', 'an upper-case path'], ['dеbian:12', 'a Cyrillic look-alike'], ['debian:12 ', 'a space'], ['debian :12', 'a space'],
    ['debian', 'no tag means latest, which is not listed'], ['debian:latest', 'a tag that is not listed'], ['evil.example/library/debian:12', 'another registry'],
    ['docker.io.evil.example/library/debian:12', 'another registry'], ['docker.io:5000/library/debian:12', 'another port'], ['localhost/library/debian:12', 'another registry'],
    ['docker.io/library/../evil/debian:12', 'a climbing path'], ['docker.io//library/debian:12', 'an empty part'], ['docker.io/library%2fdebian:12', 'an encoded slash'],
    ['https://docker.io/library/debian:12', 'a URL'], ['user@docker.io/library/debian:12', 'a user name'], [`debian:12@${sha.toUpperCase()}`, 'an upper-case digest'],
    [`debian:12@${sha}@${other}`, 'two digests'], ['debian:12@sha1:abc', 'another algorithm'], ['library/debian/x:12', 'another repository'], ['debian:12\u0000', 'a control character'], ['', 'no name'],
  ])('%j is refused: %s', async (name) => {
    expect((await judge(debian, container(name))).kind).toBe('deny');
  });

  it('have one form: reading what was written again gives the same', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
    fc.assert(fc.property(fc.option(fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,3}(:[0-9]{2,4})?$/), { nil: undefined }), fc.array(part, { minLength: 1, maxLength: 3 }), (registry, path) => {
      const first = readImage([...(registry === undefined ? [] : [registry]), ...path].join('/'));
      if (!first.ok) return;
      expect(readImage(repositoryOf(first.image))).toEqual(first);
    }));
  });

  it('are read without an exception, whatever they are', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => { expect(typeof readImage(text).ok).toBe('boolean'); }));
  });
});

describe('digests', () => {
  const pinned = { images: [{ repository: 'docker.io/library/debian', digests: [sha] }] };

  it.each([[`debian@${sha}`, 'allow'], [`debian:anything@${sha}`, 'allow'], [`debian@${other}`, 'deny'], ['debian:12', 'deny']])('%s: %s', async (name, verdict) => {
    expect((await judge(pinned, container(name))).kind).toBe(verdict);
  });

  it('beside the name count too, and must not differ from the one in it', async () => {
    const beside = (digest: string, name: string): object => ({ executable: { kind: kinds.dockerContainer, image: { locations: [name], digest } } });
    expect((await judge(pinned, beside(sha, 'debian:12'))).kind).toBe('allow');
    expect((await judge(pinned, beside(other, 'debian:12'))).kind).toBe('deny');
    const verdict = await judge(pinned, beside(other, `debian@${sha}`));
    expect(verdict.kind === 'deny' && reasonText(verdict.reason)).toContain('another digest');
  });

  it('every location of an image is judged, and every fault named', async () => {
    const verdict = await judge(debian, container('debian:12', 'alpine:3', 'Debian:12'));
    expect(verdict).toMatchObject({ kind: 'deny', reason: { path: 'executable.image.locations[1]' }, others: [{ path: 'executable.image.locations[2]' }] });
  });
});

describe('signatures', () => {
  const signed = { images: [{ repository: 'ghcr.io/site/*', signature: 'present' }] };
  const name = container(`ghcr.io/site/app@${sha}`);
  const answering = (status: number, seen: string[] = []): typeof fetch => (input, init) => {
    const url = input instanceof URL ? input.href : input as string;
    seen.push(url);
    const isToken = url.includes('/token');
    const isKnown = (init?.headers as Record<string, string> | undefined)?.['authorization'] === 'Bearer t';
    if (isToken) return Promise.resolve(Response.json({ token: 't' }));
    if (!isKnown) return Promise.resolve(new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:site/app:pull"' } }));
    return Promise.resolve(new Response(null, { status }));
  };

  it('are looked up at the registry, with its own token', async () => {
    const seen: string[] = [];
    expect((await judge(signed, name, answering(200, seen))).kind).toBe('allow');
    expect(seen[0]).toBe(`https://ghcr.io/v2/site/app/manifests/sha256-${'a'.repeat(64)}.sig`);
    expect((await judge(signed, name, answering(404))).kind).toBe('deny');
    expect((await judge(signed, container('ghcr.io/site/app:1'), answering(200))).kind).toBe('deny');
  });

  it('a registry that can not be asked, or sends elsewhere for its token, is no answer', async () => {
    await expect(judge(signed, name)).rejects.toThrow('no network');
    await expect(judge(signed, name, answering(500))).rejects.toThrow('answered 500');
    const elsewhere: typeof fetch = () => Promise.resolve(new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://169.254.169.254/token"' } }));
    await expect(judge(signed, name, elsewhere)).rejects.toThrow('elsewhere');
  });
});

describe('the rest of a request', () => {
  it.each([
    ['https://data.skao.int/x', 'allow'], ['https://DATA.skao.int./x', 'allow'], ['https://skao.int.evil.example/x', 'deny'], ['https://data.skao.int@evil.example/x', 'deny'],
    ['/etc/passwd', 'deny'], ['file:///etc/passwd', 'deny'], ['no url', 'deny'],
  ])('data from %s: %s', async (location, verdict) => {
    expect((await judge({ dataHosts: ['*.skao.int'] }, { data: [{ kind: kinds.simpleData, location }] })).kind).toBe(verdict);
  });

  it.each([
    ['https://n.example/ok/a.ipynb', 'allow'], ['https://n.example/ok/%2e%2e/secret.ipynb', 'deny'], ['https://n.example/ok/../secret.ipynb', 'deny'], ['https://n.example.evil/ok/a', 'deny'],
  ])('a notebook at %s: %s', async (location, verdict) => {
    expect((await judge({ locations: ['https://n.example/ok/**'] }, { executable: { kind: kinds.jupyterNotebook, location } })).kind).toBe(verdict);
  });

  it('kinds and commands are listed by their names', async () => {
    expect((await judge({ executables: ['docker-container'] }, container('debian'))).kind).toBe('allow');
    expect((await judge({ executables: ['jupyter-notebook'] }, container('debian'))).kind).toBe('deny');
    const process = (name: string): object => ({ executable: { kind: kinds.localProcess, command: [name] } });
    expect((await judge({ commands: ['python'] }, process('python'))).kind).toBe('allow');
    expect((await judge({ commands: ['python'] }, process('sh'))).kind).toBe('deny');
  });
});
