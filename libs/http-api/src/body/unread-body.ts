import { BrokerError, reason } from '#model';
import { bodyType } from '../negotiation.js';
import { emptyBody, parseBody } from './parse-body.js';
import type { ParsedBody } from './parsed-body.js';

/** A body as it came. It is parsed only after its sender is known, so that strangers can't make us work. */
export class UnreadBody {
  constructor(
    private readonly bytes: Uint8Array, private readonly contentType: string | undefined, private readonly encoding: string | undefined,
    private readonly documented: () => string | undefined = () => undefined,
  ) {}

  /** `schema`: name of the schema that tells the types of XML; left out: the one that the OpenAPI document names. Throws 'malformed' or 'unsupported-media-type'. */
  read(schema?: string): ParsedBody {
    if (this.encoding !== undefined && this.encoding !== 'identity') {
      throw new BrokerError('unsupported-media-type', 'caller', [reason('unsupported-encoding', 'Bodies in Content-Encoding {encoding} are not read; {fix}',
        { encoding: this.encoding.slice(0, 40), fix: 'send the body as it is' }, { path: 'Content-Encoding' })]);
    }
    return parseBody(this.bytes, bodyType(this.contentType), schema ?? this.documented());
  }
}

/** The body of a request; throws 'malformed' when there is none. */
export function readBody(body: unknown, schema: string): ParsedBody {
  if (body instanceof UnreadBody) return body.read(schema);
  throw emptyBody();
}
