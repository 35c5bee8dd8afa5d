import type { Parsed } from '#model';

const units: Readonly<Record<string, number>> = {
  '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
};

/** Reads `1 MiB`, `500kB`, `1.5 GiB` or a bare number of bytes; the result is whole bytes. */
export function parseByteSize(text: string): Parsed<number> {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]{0,3})\s*$/.exec(text);
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (match === null || unit === undefined) return { ok: false, fault: `'${text.slice(0, 40)}' is not a size; write for example 1 MiB` };
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? { ok: true, value: bytes } : { ok: false, fault: `'${text.slice(0, 40)}' is too large` };
}
