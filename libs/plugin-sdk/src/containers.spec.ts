import { describe, expect, it, test } from 'vitest';
import type { ContainerPort, Executable } from '#model';
import { imageReference, imageWish, judgeImage } from './container-image.js';
import { accessPorts, hostText, judgePorts, pathOf, transportOf } from './container-ports.js';

const digest = `sha256:${'a'.repeat(64)}`;
const rules = { images: ['*'], requireDigest: false, architectures: ['amd64'] };
const withImage = (image: Executable['image']): Executable => ({ kind: 'k', ...(image ? { image } : {}) });
const withPorts = (...ports: readonly ContainerPort[]): Executable => ({ kind: 'k', network: { ports } });

describe('the image of a container', () => {
  it('is named by its first location, the digest beside it or in it', () => {
    expect(imageWish(withImage({ locations: ['r.example.org:5000/sky/map:2', 'other'], digest }))).toEqual({ name: 'r.example.org:5000/sky/map:2', digest, os: 'linux' });
    expect(imageWish(withImage({ locations: [`docker://map@${digest}`] }))).toMatchObject({ name: 'map', digest });
    expect(imageWish(withImage({ locations: ['map'], digest: 'A'.repeat(64) }))).toMatchObject({ digest });
    expect(imageWish(withImage({ locations: ['map'], digest: ' ' }))).toEqual({ name: 'map', os: 'linux' });
  });

  it.each([
    [{ locations: ['docker://busybox:1'] }, 'busybox:1'],
    [{ locations: ['r:5000/a/b:1'], digest }, `r:5000/a/b@${digest}`],
    [{ locations: [`b@${digest}`] }, `b@${digest}`],
    [{ locations: ['r:5000/a/b'], digest }, `r:5000/a/b@${digest}`],
  ])('is brought by its digest where there is one, for a tag may move: %j', (image, reference) => {
    expect(imageReference(imageWish(withImage(image)))).toBe(reference);
  });

  it.each([
    ['no location', {}, rules, ['locations']],
    ['what is no name', { locations: ['-rm'] }, rules, ['locations[0]']],
    ['what is not allowed, and no digest where one is due', { locations: ['evil:1'] }, { ...rules, images: ['good/*'], requireDigest: true }, ['locations[0]', 'digest']],
    ['a point that stands for any letter', { locations: ['goodxorg/map'] }, { ...rules, images: ['good.org/*'] }, ['locations[0]']],
    ['a digest of another kind', { locations: ['map'], digest: 'md5:00' }, rules, ['digest']],
    ['another machine and system', { locations: ['map'], platform: { architecture: 'riscv64', os: 'plan9' } }, rules, ['platform.os', 'platform.architecture']],
  ])('is refused with %s', (_what, image, by, paths) => {
    expect(judgeImage(withImage(image), by).map(({ path }) => path)).toEqual(paths.map((path) => `executable.image.${path}`));
  });

  it('runs where names, digest and machine are right', () => {
    expect(judgeImage(withImage({ locations: ['good.org/sky/map:2'], digest, platform: { architecture: 'arm64' } }), { images: ['good.org/*'], requireDigest: true, architectures: ['amd64', 'arm64'] })).toEqual([]);
  });
});

describe('the ports of a container', () => {
  it('are ways in where access is wanted', () => {
    expect(accessPorts(withPorts({ internal: { port: 80 }, access: true }, { internal: { port: 81 } }))).toEqual([{ internal: { port: 80 }, access: true }]);
    expect(accessPorts({ kind: 'k' })).toEqual([]);
  });

  it('are refused with the path of each fault', () => {
    expect(judgePorts(withPorts({ internal: { port: 80 }, protocol: 'HTTP', path: 'lab' }))).toEqual([]);
    const ports = [{ internal: { port: 70_000 }, protocol: 'FTP', external: { addresses: ['1.2.3.4'] } }, { external: { port: 80 } }];
    expect(judgePorts(withPorts(...ports)).map(({ path }) => path?.replace('executable.network.', ''))).toEqual([
      'ports[0].internal.port', 'ports[0].protocol', 'ports[0].external.addresses', 'ports[1].internal.port', 'ports[1].external.port',
    ]);
  });

  test('lie on TCP unless they are UDP, and their paths begin with a slash', () => {
    expect([{ protocol: 'UDP' }, { protocol: 'HTTPS' }, {}].map(transportOf)).toEqual(['UDP', 'TCP', 'TCP']);
    expect([{ path: 'lab' }, { path: '/lab' }, {}].map(pathOf)).toEqual(['/lab', '/lab', '']);
    expect(['::1', 'node1'].map(hostText)).toEqual(['[::1]', 'node1']);
  });
});
