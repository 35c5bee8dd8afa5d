import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv';
import { canonicalKind } from '#model';
import type { ExecutionRequest } from '#model';
import type { WireDocument } from '#openapi';
import { malformed } from '../fault.js';
import type { ParsedBody } from './parsed-body.js';
import { typeFaults } from './type-faults.js';
import { jsonSchemaOf } from './wire-schema.js';

type Members = Record<string, unknown>;

/** Makes a reader of POST bodies. It checks JSON types only: missing, unknown and impossible values are judged behind the port. */
export function requestReader(document: WireDocument): (body: ParsedBody) => ExecutionRequest {
  const schema = jsonSchemaOf(document, 'types');
  const accepts = compile(schema, {});
  const validate = compile(schema, { allErrors: true, verbose: true });
  return (body) => {
    const { request, pointer } = unwrap(body.value);
    if (!isMembers(request)) throw malformed([{ path: '', fault: 'the body is not an object', fix: 'send an object with an executable' }]);
    canonicalize(request);
    // Nearly all are right, and to see that costs less than to look for every fault.
    if (accepts(request)) return named(request);
    const errors = faultsOf(validate, request, pointer, body.written);
    if (errors.length > 0) throw malformed(typeFaults(errors));
    return named(request);
  };
}

function compile(schema: AnySchema, thoroughness: { readonly allErrors?: boolean; readonly verbose?: boolean }): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, validateFormats: false, ...thoroughness });
  ajv.addSchema(schema);
  return ajv.compile({ $ref: 'wire-types#/$defs/ExecutionRequest' });
}

/** A plain scalar of YAML is the text that was written wherever the schema says text: `tag: 1.10` stays `1.10`. */
function faultsOf(validate: ValidateFunction, request: Members, pointer: string, written: ReadonlyMap<string, string>): readonly ErrorObject[] {
  if (validate(request)) return [];
  const errors = validate.errors ?? [];
  const mended = errors.filter((error) => error.keyword === 'type' && [(error.params as { type: string | string[] }).type].flat().includes('string')
    && restore(request, error.instancePath, written.get(pointer + error.instancePath)));
  if (mended.length === 0) return errors;
  return validate(request) ? [] : (validate.errors ?? []);
}

function restore(root: Members, pointer: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = parts.pop() ?? '';
  const owner = parts.reduce<unknown>((at, part) => (at as Members)[part], root);
  (owner as Members)[last] = text;
  return true;
}

/** Older clients wrap everything in a lone `request`. */
function unwrap(body: unknown): { request: unknown; pointer: string } {
  if (isMembers(body) && Object.keys(body).length === 1 && isMembers(body['request'])) return { request: body['request'], pointer: '/request' };
  return { request: body, pointer: '' };
}

/** Spellings of the wild are put right where only one kind can be meant, so that its schema is found. */
function canonicalize(request: Members): void {
  const compute = request['compute'];
  if (isMembers(compute) && typeof compute['kind'] === 'string') compute['kind'] = canonicalKind(compute['kind']);
}

function named(request: Members): ExecutionRequest {
  if (request['meta'] === undefined) return request as ExecutionRequest;
  const { meta, ...rest } = request;
  const name = rest['name'] ?? (isMembers(meta) ? meta['name'] : undefined);
  return (name === undefined ? rest : { ...rest, name }) as ExecutionRequest;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
