/** Calls of every operation of the OpenAPI document, in every media type. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadDocument, schemaPrefix } from '#openapi';
import type { WireOperation } from '#openapi';
import { mutated, textDamage } from './mutations.js';
import { validDocument } from './valid-documents.js';
import { asXml } from './xml-text.js';

export interface Case { readonly operation: string; readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string }

const bodyTypes = ['application/json', 'application/json', 'application/json', 'application/yaml', 'application/xml', 'application/yaml', 'application/xml', 'text/yaml', '', 'application/json; charset=utf-8', 'text/csv', 'multipart/form-data', 'application/json;charset=utf-16'];
const acceptTypes = ['application/json', 'application/yaml', 'application/json', '*/*', 'application/json', 'application/json', 'application/yaml', '*/*', 'application/xml', 'text/html', 'application/json;q=0', 'application/*;q=0.5, application/yaml', ',;', 'q=1'];
const pathParts = fc.oneof(
  fc.uuid(), fc.uuid({ version: 4 }), fc.constantFrom('..', '%2e%2e%2f', '%00', '0', 'null', 'nobody', '__proto__', 'x'.repeat(190), '%F0%9F%92%A5', '%ff', 'a%0d%0ab', '{}', '-1'),
);
const queries = fc.constantFrom('', '', '?phase=RUNNING', '?phase=__proto__', '?limit=-1', '?limit=1e9', '?limit=0x10', '?from=now&to=then', '?from=2030-06-03T08:00:00Z&to=2030-06-04T08:00:00Z', '?to=9999-12-31T23:59:59Z', '?from=2030-06-03T08:00:00Z&to=2030-06-03T08:00:00Z', '?before=x', '?after=-1', '?follow=maybe', '?__proto__[x]=1', '?limit=1&limit=2', `?x=${'y'.repeat(3000)}`, '?%', '?a=%ff');
/** What holds and changes capacity is called as often as all the rest. */
const weights: Readonly<Record<string, number>> = { '/requests': 30, '/direct': 8, '/sessions/{uuid}': 15 };
/** They would end the run or never end. */
const left = new Set(['SessionEvents', 'SessionLogs']);

/** `known`: identifiers that exist, put in where the path has one. */
export function cases(known: { readonly uuids: readonly string[] }): fc.Arbitrary<Case> {
  const operations = Object.entries(loadDocument().paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([method, operation]) => ['get', 'post', 'put', 'delete', 'patch', 'head'].includes(method) && !left.has(operation.operationId))
    .map(([method, operation]) => ({ weight: weights[path] ?? (method === 'post' ? 3 : 1), arbitrary: callOf(path, method, operation, known) })));
  return fc.oneof(...operations);
}

function callOf(path: string, method: string, operation: WireOperation, known: { readonly uuids: readonly string[] }): fc.Arbitrary<Case> {
  const part = fc.oneof(pathParts, fc.nat().map((index) => known.uuids[index % Math.max(1, known.uuids.length)] ?? 'none'));
  const headers = fc.record({ type: fc.constantFrom(...bodyTypes), accept: fc.constantFrom(...acceptTypes), prefer: fc.constantFrom('', '', 'return=representation', 'wait=5', '\t') });
  return fc.record({ part, query: method === 'get' ? queries : fc.constant(''), headers, body: bodyOf(operation), damage: textDamage }).map((drawn) => {
    const text = drawn.body === undefined ? undefined : drawn.damage(writtenAs(drawn.body, drawn.headers.type));
    return {
      operation: operation.operationId, method: method.toUpperCase(), path: path.replace(/\{\w+\}/g, drawn.part) + drawn.query,
      headers: { accept: drawn.headers.accept, ...(drawn.headers.prefer === '' ? {} : { prefer: drawn.headers.prefer }), ...(text === undefined || drawn.headers.type === '' ? {} : { 'content-type': drawn.headers.type }) },
      ...(text === undefined ? {} : { body: text }),
    };
  });
}

function bodyOf(operation: WireOperation): fc.Arbitrary<unknown> {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  if (!schema) return fc.constant(undefined);
  const alternatives = (schema.anyOf ?? [schema]).map((one) => (one.$ref === undefined ? fc.constant<unknown>({}) : validDocument(one.$ref.slice(schemaPrefix.length))));
  return mutated(fc.oneof(...alternatives));
}

function writtenAs(document: unknown, type: string): string {
  if (type.includes('yaml')) return stringify(document, { aliasDuplicateObjects: false });
  return type.includes('xml') ? asXml(document) : (JSON.stringify(document) ?? 'null');
}
