/** ISO 8601 as `formatInstant` and its kin of the model write it, without luxon: these run for every time of every answer. */
import type { Instant, Interval, Milliseconds } from '#model';

export function instant(at: Instant): string {
  const text = new Date(at).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;

export function duration(length: Milliseconds): string {
  if (length === 0) return 'PT0S';
  const days = Math.floor(length / day);
  const hours = Math.floor((length % day) / hour);
  const minutes = Math.floor((length % hour) / minute);
  const seconds = (length % minute) / 1000;
  const time = (hours > 0 ? `${hours}H` : '') + (minutes > 0 ? `${minutes}M` : '') + (seconds > 0 ? `${seconds}S` : '');
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}

/** `start/duration`, which every v1.0 pattern accepts. */
export function interval(of: Interval): string {
  return `${instant(of.start)}/${duration(of.end - of.start)}`;
}
