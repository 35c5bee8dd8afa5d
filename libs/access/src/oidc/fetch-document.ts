/** Documents of issuers: small JSON, soon, from the address that the configuration names and no other. */
import { request } from 'undici';
import type { Dispatcher } from 'undici';

const within = 5_000;
const mostBytes = 1_048_576;

/** Encrypted, or on this machine. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

interface Call { readonly dispatcher?: Dispatcher; readonly method?: 'GET' | 'POST'; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** Throws an Error that names the address. Redirects are not followed. */
export async function fetchDocument(address: string, dispatcher?: Dispatcher): Promise<unknown> {
  return callFor(address, dispatcher ? { dispatcher } : {});
}

/** The JSON that answers a form. What the server says of a failure is not repeated: it may quote what was sent. */
export async function sendForm(address: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>): Promise<unknown> {
  return callFor(address, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams(form).toString() });
}

async function callFor(address: string, { headers = {}, ...call }: Call): Promise<unknown> {
  if (!isSafeAddress(address)) throw new Error(`${address} is not an https address`);
  const answer = await request(address, { headers: { accept: 'application/json', ...headers }, signal: AbortSignal.timeout(within), ...call });
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`${address} answered ${answer.statusCode}`);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostBytes) throw new Error(`${address} sent more than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return read(Buffer.concat(pieces).toString('utf8'), address);
}

function read(text: string, address: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Error(`${address} sent no JSON`, { cause });
    throw cause;
  }
}
