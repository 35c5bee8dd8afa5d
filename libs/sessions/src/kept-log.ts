import type { Platform, Handle } from '#plugin-sdk';

/** Keeps the beginning and the end of a long text: half of `most` characters each. */
export class LogTail {
  private head = '';
  private tail = '';
  private dropped = 0;

  constructor(private readonly most: number) {}

  add(piece: string): void {
    const half = Math.ceil(this.most / 2);
    const room = half - this.head.length;
    this.head += piece.slice(0, Math.max(0, room));
    this.tail += piece.slice(Math.max(0, room));
    const over = this.tail.length - half;
    if (over <= 0) return;
    this.tail = this.tail.slice(over);
    this.dropped += over;
  }

  text(): string {
    return this.dropped === 0 ? this.head + this.tail : `${this.head}\n… ${this.dropped} characters left out …\n${this.tail}`;
  }
}

/** What the payload has printed so far, shortened; undefined where the platform has no logs. */
export async function readLog(platform: Platform, handle: Handle, most: number): Promise<string | undefined> {
  if (!platform.logs) return undefined;
  const log = new LogTail(most);
  for await (const piece of platform.logs(handle, { follow: false, signal: new AbortController().signal })) log.add(piece);
  return log.text();
}
