/** Media types of bodies and answers: JSON, YAML and XML. */
import { BrokerError, reason } from '#model';

export type MediaType = 'application/json' | 'application/yaml' | 'application/xml';

/** Where several are equally welcome and none is preferred, the first. */
export const mediaTypes: readonly MediaType[] = ['application/json', 'application/yaml', 'application/xml'];

/** A map, because its keys are looked up by what clients write: an object would know `toString`. */
const readable: ReadonlyMap<string, MediaType> = new Map<string, MediaType>([
  ['application/json', 'application/json'], ['application/yaml', 'application/yaml'], ['application/x-yaml', 'application/yaml'],
  ['text/yaml', 'application/yaml'], ['text/x-yaml', 'application/yaml'], ['application/problem+json', 'application/json'],
  ['application/problem+yaml', 'application/yaml'], ['application/xml', 'application/xml'], ['text/xml', 'application/xml'],
  ['application/problem+xml', 'application/xml'],
]);

/** Media type to answer in; the more wanted one wins, and `preferred` where both are equally welcome. Throws 'not-acceptable'. */
export function answerType(accept: string | undefined, preferred: MediaType): MediaType {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return preferred;
  const exact = readable.get(accept);
  if (exact) return exact;
  const ranges = accept.split(',').map(readRange).filter((range) => range.name !== '');
  if (ranges.length === 0) return preferred;
  const wishes = mediaTypes.map((type) => ({ type, quality: quality(ranges, type) }));
  const best = Math.max(...wishes.map((wish) => wish.quality));
  if (best === 0) {
    throw new BrokerError('not-acceptable', 'caller', [reason('not-acceptable', 'Answers are written in JSON, YAML or XML, not in {accept}; {fix}',
      { accept: accept.slice(0, 200), fix: 'send Accept: application/json, application/yaml or application/xml' }, { path: 'Accept' })]);
  }
  const welcome = wishes.filter((wish) => wish.quality === best).map((wish) => wish.type);
  return welcome.includes(preferred) ? preferred : (welcome[0] ?? preferred);
}

/** As {@link answerType}, for problem documents, which are answered in any case. */
export function problemType(accept: string | undefined, preferred: MediaType): MediaType {
  try {
    return answerType(accept, preferred);
  } catch (error) {
    if (error instanceof BrokerError) return preferred;
    throw error;
  }
}

const plainTypes: ReadonlySet<string | undefined> = new Set([undefined, ...readable.keys(), ...mediaTypes.map((type) => `${type}; charset=utf-8`)]);

/** True for a declaration of a body as most clients write it, or none. */
export function isPlainType(contentType: string | undefined): boolean {
  return plainTypes.has(contentType);
}

/** What a client declares of its body: nothing where it leaves it empty, or names several of our types at once (then it is YAML, as the draft says). */
export function declaredType(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const names = contentType.split(',').map((each) => each.split(';')[0]?.trim().toLowerCase() ?? '');
  return names.every((name) => name === '' || (names.length > 1 && readable.has(name))) ? undefined : contentType;
}

/** Media type of a body. Undeclared ones are read as YAML, which covers JSON. Throws 'unsupported-media-type'. */
export function bodyType(contentType: string | undefined): MediaType {
  if (contentType === 'application/json') return contentType;
  const [name = '', ...parameters] = (contentType ?? '').slice(0, 200).toLowerCase().split(';').map((part) => part.trim());
  const known = mediaTypeOf(name);
  if (!known) throw unsupported(name);
  const charset = parameters.find((each) => each.startsWith('charset='))?.slice(8).replaceAll('"', '') ?? 'utf-8';
  if (!readableCharsets.has(charset)) throw unsupported(`${name} in ${charset}`);
  return known;
}

const readableCharsets = new Set(['utf-8', 'utf8', 'us-ascii']);

function mediaTypeOf(name: string): MediaType | undefined {
  if (name === '' || name === '*/*') return 'application/yaml';
  return readable.get(name) ?? (/^application\/[\w.-]+\+json$/.test(name) ? 'application/json' : undefined);
}

function unsupported(name: string): BrokerError {
  return new BrokerError('unsupported-media-type', 'caller', [reason('unsupported-media-type', 'Bodies are read in JSON, YAML or XML (UTF-8), not as {mediaType}; {fix}',
    { mediaType: name, fix: 'send Content-Type: application/json, application/yaml or application/xml' }, { path: 'Content-Type' })]);
}

interface AcceptRange { readonly name: string; readonly quality: number }

function readRange(text: string): AcceptRange {
  const [name = '', ...parameters] = text.toLowerCase().split(';').map((part) => part.trim());
  const written = parameters.find((each) => each.startsWith('q='))?.slice(2);
  const value = written === undefined ? 1 : Number(written);
  return { name, quality: value >= 0 && value <= 1 ? value : 0 };
}

/** Quality of the most specific range that covers the type (RFC 9110, 12.5.1). */
function quality(ranges: readonly AcceptRange[], type: MediaType): number {
  const exact = ranges.filter((range) => readable.get(range.name) === type);
  if (exact.length > 0) return Math.max(...exact.map((range) => range.quality));
  for (const wide of ['application/*', '*/*']) {
    const found = ranges.find((range) => range.name === wide);
    if (found) return found.quality;
  }
  return 0;
}
