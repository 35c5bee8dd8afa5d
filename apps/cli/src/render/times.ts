import { DateTime } from 'luxon';
import { formatDuration, parseDuration, parseInterval } from '#model';

/** `2030-06-03 11:00:00 +02:00`; what can't be read is shown as it came. */
export function showInstant(iso: string | undefined, zone: string): string {
  if (iso === undefined) return '-';
  const at = DateTime.fromISO(iso, { zone: 'utc' }).setZone(zone);
  return at.isValid ? at.toFormat('yyyy-LL-dd HH:mm:ss ZZ') : iso;
}

/** A window of starts: its first instant, and how much later it may get. */
export function showStart(window: string | undefined, zone: string): string {
  if (window === undefined) return '-';
  const interval = parseInterval(window);
  if (!interval.ok) return window;
  const start = showInstant(new Date(interval.value.start).toISOString(), zone);
  const slack = interval.value.end - interval.value.start;
  return slack === 0 ? start : `${start} (up to ${showLength(formatDuration(slack))} later)`;
}

/** `1h 30m`; what can't be read is shown as it came. */
export function showLength(iso: string | undefined): string {
  if (iso === undefined) return '-';
  const length = parseDuration(iso, 0);
  if (!length.ok) return iso;
  const seconds = Math.round(length.value / 1_000);
  const parts = { d: Math.floor(seconds / 86_400), h: Math.floor(seconds / 3_600) % 24, m: Math.floor(seconds / 60) % 60, s: seconds % 60 };
  return Object.entries(parts).filter(([, amount]) => amount > 0).map(([unit, amount]) => `${amount}${unit}`).join(' ') || '0s';
}
