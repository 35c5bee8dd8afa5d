import { describe, expect, it } from 'vitest';
import type { ComponentId, ExecutionRequest } from '#model';
import { kinds, reasonText } from '#model';
import { Faults } from '../faults.js';
import { linkRequest } from './linked-request.js';

function link(request: ExecutionRequest) {
  let made = 0;
  const faults = new Faults();
  const linked = linkRequest({ executable: { kind: kinds.dockerContainer }, ...request }, () => `id-${made++}` as ComponentId, faults);
  return { linked, faults: faults.reasons.map((one) => ({ path: one.path, text: reasonText(one) })) };
}

const storage = (name: string, data?: string[]) => ({ kind: kinds.simpleStorage, meta: { name }, ...(data ? { data } : {}) });
const data = (name: string, into?: string) => ({ kind: kinds.simpleData, meta: { name }, location: 'https://example.org/x', ...(into ? { storage: into } : {}) });
const volume = (resource: string, path?: string) => ({ kind: kinds.simpleVolume, resource, ...(path ? { path } : {}) });

describe('links inside a request', () => {
  it('lead from data to its storage by name, and the storage lists it', () => {
    const { linked } = link({ storage: [storage('disk')], data: [data('cube', 'disk')] });
    expect(linked?.data[0]?.in).toBe(linked?.storage[0]?.id);
    expect(linked?.storage[0]?.spec.data).toEqual([linked?.data[0]?.id]);
  });

  it('lead from storage to its data as well', () => {
    const { linked } = link({ storage: [storage('disk', ['cube'])], data: [data('cube')] });
    expect(linked?.data[0]?.spec.storage).toBe(linked?.storage[0]?.id);
  });

  it('work by UUID of the request', () => {
    const uuid = '6d3ab0d2-0000-4000-8000-000000000001';
    const { linked, faults } = link({ storage: [{ kind: kinds.simpleStorage, meta: { uuid } }], data: [data('cube', uuid)] });
    expect(faults).toEqual([]);
    expect(linked?.data[0]?.in).toBe(linked?.storage[0]?.id);
  });

  it('give data without storage a storage of its own', () => {
    const { linked } = link({ data: [data('a'), data('b')] });
    expect(linked?.storage.map((part) => part.spec.meta?.name)).toEqual(['a-storage', 'b-storage']);
    expect(new Set(linked?.data.map((part) => part.in)).size).toBe(2);
  });

  it('mount data by its storage, and give a volume without path a default one', () => {
    const { linked } = link({ data: [data('cube')], compute: { kind: kinds.simpleCompute, volumes: [volume('cube')] } });
    expect(linked?.volumes[0]).toMatchObject({ path: '/data/cube', mode: 'READONLY', data: linked?.data[0]?.id, storage: linked?.storage[0]?.id });
  });

  it.each<[string, ExecutionRequest, string, RegExp]>([
    ['an unknown storage', { data: [data('cube', 'nowhere')] }, 'data[0].storage', /no storage resource is called 'nowhere'/],
    ['an unknown data resource', { storage: [storage('disk', ['nothing'])] }, 'storage[0].data[0]', /no data resource/],
    ['a volume of an unknown resource', { compute: { kind: kinds.simpleCompute, volumes: [volume('x')] } }, 'compute.volumes[0].resource', /called 'x'/],
    ['a volume without resource', { compute: { kind: kinds.simpleCompute, volumes: [{ kind: kinds.simpleVolume }] } }, 'compute.volumes[0].resource', /names no resource/],
    ['a relative path', { storage: [storage('d')], compute: { kind: kinds.simpleCompute, volumes: [volume('d', 'input')] } }, 'compute.volumes[0].path', /not absolute/],
    ['a path that climbs', { storage: [storage('d')], compute: { kind: kinds.simpleCompute, volumes: [volume('d', '/a/../../etc')] } }, 'compute.volumes[0].path', /'\.\.' part/],
    ['two volumes at one path', { storage: [storage('d')], compute: { kind: kinds.simpleCompute, volumes: [volume('d', '/a'), volume('d', '/a/')] } }, 'compute.volumes[1].path', /already taken/],
    ['two resources with one name', { storage: [storage('x')], data: [data('x')] }, 'data[0].meta.name', /already used by storage\[0\]/],
    ['data in two storages', { storage: [storage('a', ['cube']), storage('b')], data: [data('cube', 'b')] }, 'data[0].storage', /two different storage/],
    ['an unknown kind of volume', { compute: { kind: kinds.simpleCompute, volumes: [{ kind: 'urn:x' }] } }, 'compute.volumes[0].kind', /not a kind of volume/],
  ])('refuse %s', (_, request, path, text) => {
    const { faults } = link(request);
    expect(faults[0]?.path).toBe(path);
    expect(faults[0]?.text).toMatch(text);
  });
});
