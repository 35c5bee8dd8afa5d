/** Answers against the OpenAPI document: status, media type and schema must be what it says of the operation. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { loadDocument, schemaPrefix } from '#openapi';
import type { WireOperation, WireSchema } from '#openapi';

export interface Seen { readonly method: string; readonly path: string; readonly status: number; readonly type: string; readonly body: unknown }

type Response = WireOperation['responses'][string];

const document = loadDocument();
const responses = (document.components as unknown as { readonly responses: Readonly<Record<string, Response>> }).responses;
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema({ ...document, $id: 'api' });

const routes = Object.entries(document.paths).map(([path, methods]) => ({ methods, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`) }));

/** What of the answer the document does not know; undefined where all is as it says, or where there is no such route. */
export function documentedFault({ method, path, status, type, body }: Seen): string | undefined {
  const route = routes.find(({ pattern }) => pattern.test(path.replace(/\?.*/, '')));
  const operation = route?.methods[(method === 'HEAD' ? 'GET' : method).toLowerCase()];
  if (!operation || status === 304) return undefined;
  const response = resolved(operation.responses[String(status)]);
  if (!response) return `status ${status} is not documented`;
  const media = type.replace(/;.*/, '').trim();
  const content = response.content?.[media];
  if (!content) return response.content && method !== 'HEAD' ? `media type ${media} is not documented for status ${status}` : undefined;
  return body === undefined ? undefined : schemaFault(schemaOf(content.schema, body), body);
}

function resolved(response: Response | undefined): Response | undefined {
  return response?.$ref === undefined ? response : responses[response.$ref.split('/').at(-1) ?? ''];
}

/** The schema of the document's kind, where the document names schemas by kind. */
function schemaOf(schema: WireSchema, body: unknown): string | undefined {
  if (schema.$ref === undefined) return undefined;
  const { mapping = {} } = document.components.schemas[schema.$ref.slice(schemaPrefix.length)]?.discriminator ?? {};
  return mapping[(body as { kind?: string }).kind ?? ''] ?? schema.$ref;
}

function schemaFault(reference: string | undefined, body: unknown): string | undefined {
  if (reference === undefined) return undefined;
  const validate = ajv.getSchema(`api${reference}`);
  if (!validate) throw new Error(`the OpenAPI document has no ${reference}`);
  return validate(body) === true ? undefined : JSON.stringify(validate.errors);
}
