/** Reads server-sent events (WHATWG HTML, section 9.2) out of byte pieces of any size. */
import { ClientError } from './client-error.js';

export interface ServerEvent { readonly id: string | undefined; readonly event: string; readonly data: string }

/** Longest event that is read, in characters: a server that never ends one must not fill our memory. */
const longestEvent = 2 ** 20;

/** Throws ClientError 'unreadable' for an event that is too long. */
export async function* eventsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let id: string | undefined;
  let event = 'message';
  let data: string[] = [];
  let length = 0;
  for await (const line of linesOf(pieces)) {
    if (line === '') {
      if (data.length > 0) yield { id, event, data: data.join('\n') };
      event = 'message';
      data = [];
      length = 0;
      continue;
    }
    const [name, value] = fieldOf(line);
    if (name === 'id') id = value;
    if (name === 'event') event = value;
    if (name !== 'data') continue;
    requireShort(length += line.length);
    data.push(value);
  }
}

/** A comment has an empty name. */
function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    // A CR at the very end may be the first half of CRLF: it stays until more comes.
    const held = rest.endsWith('\r') ? '\r' : '';
    const lines = (held === '' ? rest : rest.slice(0, -1)).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + held;
    requireShort(rest.length);
    yield* lines;
  }
}

function requireShort(length: number): void {
  if (length > longestEvent) throw new ClientError('unreadable', `the broker sends an event of more than ${longestEvent} characters`);
}
