/** Generated documents that keep to our OpenAPI document: every field of every kind, now and then left out. */
import fc from 'fast-check';
import { kinds } from '#model';
import type { ExecutionRequest } from '#model';

const refused = new Set(['__proto__', 'constructor', 'prototype']);

/** What every media type can hold: XML has no control characters and no halves of characters. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((text) => !/[^\P{Cc}\t\n\r]|[\ufffe\uffff\ufeff]/u.test(text)),
  fc.constantFrom('', ' ', '\n', '\t x ', 'NO', 'yes', '1.10', '007', '2030-01-01', 'null', '~', '<&>"\'', ']]>', 'a\r\nb', '&amp;'),
);
const number = fc.integer({ min: -(2 ** 40), max: 2 ** 50 });
const some = <T>(of: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<T> => fc.record(of, { requiredKeys: ['kind'].filter((key) => key in of) }) as fc.Arbitrary<T>;
const texts = (...names: string[]): Record<string, fc.Arbitrary<string>> => Object.fromEntries(names.map((name) => [name, anyText]));
const map = fc.array(fc.tuple(anyText.filter((name) => !refused.has(name)), anyText), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs));
const list = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 3 });
const range = some({ min: number, max: number });
const meta = some(texts('name', 'description', 'uuid'));
const fileType = fc.constantFrom('FILE', 'CONTAINER', 'DATASET');
const measure = (kind: string): fc.Arbitrary<unknown> => some({ kind: fc.constant(kind), ...texts('type', 'description'), min: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), max: number });
const costs = list(measure(kinds.floatCost));
const metrics = list(measure(kinds.floatMetric));
const component = (kind: string, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> => some({ kind: fc.constant(kind), meta, costs, metrics, ...fields });

const port = some({ access: fc.boolean(), internal: some({ port: number }), external: some({ port: number, addresses: list(anyText) }), ...texts('protocol', 'path') });
const free = fc.jsonValue({ maxDepth: 3, noUnicodeString: true }).filter((value) => !/__proto__|constructor|prototype|null|\\[ub]|\\f|-0\b/.test(JSON.stringify(value)) && !Object.is(value, -0));
const executables = [
  component(kinds.dockerContainer, {
    image: some({ locations: list(anyText), digest: anyText, platform: some(texts('architecture', 'os')) }), privileged: fc.boolean(), command: list(anyText), entrypoint: anyText,
    environment: map, network: some({ ports: list(port) }),
  }),
  component(kinds.singularityContainer, texts('location')),
  component(kinds.jupyterNotebook, texts('location')),
  component(kinds.localProcess, { command: list(anyText), environment: map }),
  component(kinds.scripted, { script: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), free, { maxKeys: 3 }) }),
  component(kinds.helmChart, { ...texts('chart', 'version'), values: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), free, { maxKeys: 3 }) }),
  component('urn:unknown', { anything: anyText, 'not a name': free }),
];
const ivoa = some({
  ivoid: anyText,
  obscore: some({ ...texts('obs_id', 'obs_collection', 'obs_publisher_did', 'obs_creator_did', 'dataproduct_type', 'access_url', 'access_format'), calib_level: number }),
  datalink: some({
    ...texts('ID', 'access_url', 'service_def', 'error_message', 'description', 'semantics', 'content_type', 'content_qualifier', 'local_semantics', 'link_auth', 'link_authorized'),
    content_length: number,
  }),
});
const skao = some({
  ...texts('namespace', 'objectname'), objecttype: fileType, datasize: number, checksum: some(texts('type', 'value')), replicas: list(some(texts('rsename', 'dataurl'))),
});
const data = fc.oneof(
  component(kinds.simpleData, { ...texts('storage', 'location'), checksum: some(texts('type', 'value')) }),
  component(kinds.s3Data, texts('storage', 'endpoint', 'template', 'bucket', 'object')),
  component(kinds.rucioData, { ...texts('storage'), rucio: some({ ...texts('endpoint', 'scope', 'object'), type: fileType }) }),
  component(kinds.ivoaData, { ...texts('storage'), ivoa }),
  component(kinds.skaoData, { ...texts('storage'), ivoa, skao }),
);

const sizes = { cores: range, memory: range, volumes: list(component(kinds.simpleVolume, { ...texts('path', 'resource'), mode: fc.constantFrom('READONLY', 'READWRITE') })) };
const compute = fc.oneof(
  component(kinds.simpleCompute, sizes),
  component(kinds.acceleratedCompute, { ...sizes, nodes: range, accelerators: list(some({ ...texts('type', 'model'), count: range, memory: range })) }),
);

export const anyRequest: fc.Arbitrary<ExecutionRequest> = some({
  name: anyText,
  executable: fc.oneof(...executables),
  compute,
  storage: list(component(kinds.simpleStorage, { size: range, data: list(anyText) })),
  data: list(data),
  schedule: some({ requested: some({ duration: fc.oneof(anyText, some(texts('min', 'max'))), start: fc.oneof(anyText, list(anyText)) }) }),
  costs, metrics,
});

export const anyUpdate: fc.Arbitrary<unknown> = fc.oneof(
  ...['string', 'enum'].map((word) => some({ kind: fc.constant(`uri:${word}-value-update`), path: anyText, value: anyText })),
  some({ kind: fc.constant('uri:integer-value-update'), path: anyText, value: number, units: anyText }),
  some({ kind: fc.constant('uri:integer-delta-update'), path: anyText, delta: number, units: anyText }),
);
