/**
 * Controllers of the administration return values. They are written in the media type that was agreed on, with the schema that the
 * OpenAPI document names for the operation, and XML bodies of theirs are read by it.
 */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { schemaPrefix } from '#openapi';
import type { Schemas, WireContent, WireDocument, WireOperation } from '#openapi';
import { answerType } from './negotiation.js';
import type { MediaType } from './negotiation.js';
import { writeDocument } from './reply.js';

const json = 'application/json';
const returning = /^\/(?:admin|tokens|whoami)(?:\/|$)/;

/** Makes the routes of such controllers speak every media type. Call it for each route before it is served. */
export function speakEveryType(route: RouteOptions, document: WireDocument, byDefault: MediaType): void {
  const operations = operationsOf(route.url, document);
  if (!operations || !returning.test(route.url)) return;
  const operationOf = (request: FastifyRequest): WireOperation | undefined => operations[(request.method === 'HEAD' ? 'GET' : request.method).toLowerCase()];
  route.preHandler = [...[route.preHandler ?? []].flat(), (request, _reply, done) => {
    // Told before anything is done; media types of an operation's own are its controller's matter.
    const operation = operationOf(request);
    if (answersDocument(operation) && !hasOwnType(operation, request.headers.accept)) answerType(request.headers.accept, byDefault);
    done();
  }];
  route.preSerialization = [...[route.preSerialization ?? []].flat(), (request, reply, payload, done) => {
    const schema = schemaOf(operationOf(request)?.responses[String(reply.statusCode)]?.content);
    if (schema !== undefined) writeAs(reply, schema, answerType(request.headers.accept, byDefault));
    done(null, payload);
  }];
}

/** Name of the schema of a request's body; undefined where the document names none. */
export function bodySchemaOf(request: FastifyRequest, document: WireDocument): string | undefined {
  return schemaOf(operationsOf(request.routeOptions.url ?? '', document)?.[request.method.toLowerCase()]?.requestBody?.content);
}

function operationsOf(url: string, { paths }: WireDocument): Readonly<Record<string, WireOperation>> | undefined {
  return paths[url.replace(/:(\w+)/g, '{$1}')];
}

function writeAs(reply: FastifyReply, schema: keyof Schemas, type: MediaType): void {
  void reply.header('content-type', `${type}; charset=utf-8`).header('vary', 'Accept').serializer((document: unknown) => writeDocument({ schema, document, type }));
}

function schemaOf(content: Readonly<Record<string, WireContent>> | undefined): keyof Schemas | undefined {
  const reference = content?.[json]?.schema.$ref;
  return reference?.slice(schemaPrefix.length) as keyof Schemas | undefined;
}

/** False where all it says is that it is done. */
function answersDocument(operation: WireOperation | undefined): boolean {
  return Object.entries(operation?.responses ?? {}).some(([status, { content }]) => status.startsWith('2') && content?.[json] !== undefined);
}

const common = /^application\/(?:problem\+)?(?:json|yaml|xml)$/;

/** True where a media type is wanted that only this operation has, for example lines of JSON. */
function hasOwnType(operation: WireOperation | undefined, accept = ''): boolean {
  const types = Object.values(operation?.responses ?? {}).flatMap(({ content = {} }) => Object.keys(content));
  return types.some((type) => !common.test(type) && accept.includes(type));
}
