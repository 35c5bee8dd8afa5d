/** One question to a service of JSON over HTTP: bounded in time and size, to the address that was configured and nowhere else. */
import type { Clock, Milliseconds } from '#model';

export interface JsonQuestion {
  readonly url: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly within: Milliseconds;
}

/** Most bytes of an answer. */
const mostBytes = 65_536;

/** The answer's document. Throws an Error with a text for operators: late, not reached, another status than 200, too long, no JSON. */
export async function askJson(host: { readonly clock: Clock; readonly fetch: typeof fetch }, { url, body, headers, within }: JsonQuestion): Promise<unknown> {
  const over = new AbortController();
  const late = new Error(`no answer within ${within} ms`);
  host.clock.sleep(within, over.signal).then(() => { over.abort(late); }, () => undefined);
  try {
    const answer = await host.fetch(url, { method: 'POST', headers: { accept: 'application/json', 'content-type': 'application/json', ...headers }, body: JSON.stringify(body), redirect: 'error', signal: over.signal });
    const text = await readBounded(answer);
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${text.slice(0, 200)}`);
    return parse(text);
  } catch (error) {
    throw over.signal.reason === late ? late : error;
  } finally {
    over.abort();
  }
}

async function readBounded(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`an answer that is no JSON: ${text.slice(0, 80)}`, { cause: error });
  }
}
