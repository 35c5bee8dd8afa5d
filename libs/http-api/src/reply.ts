/** Writing answers: one document, once, in the media type that was agreed on. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import type { MediaType } from './negotiation.js';
import type { HttpOptions } from './settings.js';

/** YAML whose plain texts are texts to YAML 1.1 readers too: NO, yes, dates and the like come quoted. */
export function writeDocument(document: unknown, type: MediaType): string {
  return type === 'application/json' ? JSON.stringify(document) : stringify(document, { compat: 'yaml-1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}

export async function send(reply: FastifyReply, status: number, document: unknown, type: MediaType): Promise<void> {
  await reply.code(status).header('content-type', `${type}; charset=utf-8`).header('vary', 'Accept').send(writeDocument(document, type));
}

const plainHost = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;

/** URL of this node as the client reaches it, without a slash at the end. */
export function baseUrl(request: FastifyRequest, options: HttpOptions): string {
  if (options.publicUrl !== undefined) return options.publicUrl.replace(/\/+$/, '');
  const host = request.host;
  return `${request.protocol}://${plainHost.test(host) ? host : 'localhost'}`;
}
