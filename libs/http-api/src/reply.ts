/** Writing answers: one document, once, in the media type that was agreed on. */
import { hash } from 'node:crypto';
import { writeYaml } from '#openapi';
import type { Schemas } from '#openapi';
import type { ApiReply, ApiRequest } from './exchange.js';
import { originOf, proxyList } from './forwarded.js';
import type { Addressed } from './forwarded.js';
import type { MediaType } from './negotiation.js';
import { defaultHttpOptions } from './settings.js';
import type { HttpApi, HttpOptions } from './settings.js';
import { wellFormedJson } from './well-formed.js';
import { writeXml } from './xml/write-xml.js';

/** A document of our OpenAPI document's schema, and how it is to be written. */
export interface Answered<Name extends keyof Schemas = keyof Schemas> { readonly schema: Name; readonly document: unknown; readonly type: MediaType }

/** A document that is written as JSON without being made as a value first. */
export class WrittenTwoWays {
  constructor(readonly asValue: () => unknown, readonly asJson: () => string) {}
}

export function writeDocument({ schema, document: given, type }: Answered): string {
  if (type === 'application/json') return wellFormedJson(given instanceof WrittenTwoWays ? given.asJson() : JSON.stringify(given));
  const document = given instanceof WrittenTwoWays ? given.asValue() : given;
  if (type === 'application/xml') return writeXml(document, schema);
  return writeYaml(document);
}

export async function send(reply: ApiReply, status: number, answer: Answered): Promise<void> {
  prepare(reply, answer);
  await reply.code(status).send(writeDocument(answer));
}

/** Sends what a GET shows, with its ETag; 304 where the client has it already. */
export async function show(request: ApiRequest, reply: ApiReply, answer: Answered): Promise<void> {
  const text = writeDocument(answer);
  const tag = `"${hash('sha1', answer.type + text, 'base64url')}"`;
  prepare(reply, answer);
  void reply.header('etag', tag);
  if (isKnown(request.headers['if-none-match'], tag)) await reply.code(304).removeHeader('content-type').send();
  else await reply.code(200).send(text);
}

function prepare(reply: ApiReply, { type }: Answered): void {
  void reply.header('content-type', `${type}; charset=utf-8`).header('cache-control', 'private, no-cache');
  if (!reply.hasHeader('vary')) void reply.header('vary', 'Accept');
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function isKnown(header: string | undefined, tag: string): boolean {
  return header !== undefined && (header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag));
}

const plainHost = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;

/** {@link baseUrl} for those who know the options only. */
export function baseUrlReader({ publicUrl, trustedProxies }: Pick<HttpOptions, 'publicUrl' | 'trustedProxies'>): (request: Addressed) => string {
  const options = { ...defaultHttpOptions, trustedProxies, ...(publicUrl === undefined ? {} : { publicUrl }) };
  const proxies = trustedProxies.length > 0 ? proxyList(trustedProxies) : undefined;
  return (request) => baseUrl(request, { options, proxies });
}

/** URL of this node as the client reaches it, without a slash at the end. */
export function baseUrl(request: Addressed, { options, proxies }: Pick<HttpApi, 'options' | 'proxies'>): string {
  if (options.publicUrl !== undefined) return options.publicUrl.replace(/\/+$/, '');
  const { protocol, host, prefix } = originOf(request, proxies);
  return `${protocol}://${plainHost.test(host) ? host : ownHost(request)}${prefix}`;
}

/** The address that the connection came to, for clients that name no host, or none that can be shown. */
function ownHost({ raw: { socket: { localAddress, localPort } } }: Addressed): string {
  if (localAddress === undefined || localPort === undefined) return 'localhost';
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
