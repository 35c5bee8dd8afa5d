import { parseDuration } from '#model';
import type { Milliseconds } from '#model';

/** A duration that the configuration's schema has accepted (`iso-duration`), in milliseconds. */
export function lengthOf(text: string): Milliseconds {
  const parsed = parseDuration(text, 0);
  if (!parsed.ok) throw new RangeError(parsed.fault);
  return parsed.value;
}
