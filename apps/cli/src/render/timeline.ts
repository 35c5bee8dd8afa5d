/** A pool's free share over time as one line of blocks: full block = all free, dot = nothing. */
import { DateTime } from 'luxon';
import type { WireCapacity, WirePool } from '#client';

const blocks = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export interface Canvas { readonly zone: string; readonly columns: number; readonly ascii: boolean }
const asciiBlocks = ['.', '1', '2', '3', '4', '5', '6', '7', '#'];

/** Each resource of each pool on a line; where there are more steps than columns, the least free of the joined steps counts. */
export function drawTimeline(report: WireCapacity, canvas: Canvas): string {
  const names = [...new Set(report.pools.flatMap((pool) => Object.keys(pool.total).map((resource) => label(pool, resource))))];
  const labelWidth = Math.max(0, ...names.map((name) => name.length));
  const steps = Math.max(1, ...report.pools.map((pool) => pool.free.length));
  const width = Math.max(10, Math.min(steps, canvas.columns - labelWidth - 18));
  const lines = report.pools.flatMap((pool) => Object.entries(pool.total).map(([resource, total]) => {
    const free = squeeze(pool.free.map((step) => step[resource] ?? 0), width);
    const bar = free.map((amount) => shade(amount, total, canvas.ascii)).join('');
    return `${label(pool, resource).padEnd(labelWidth)}  ${bar.padEnd(width)}  ${Math.min(...free)}-${Math.max(...free)} of ${total}`;
  }));
  const scale = canvas.ascii ? '# all free … . nothing free' : '█ all free … · nothing free';
  return `${' '.repeat(labelWidth)}  ${axis(report, width, canvas.zone)}\n${lines.join('\n')}\n${' '.repeat(labelWidth)}  ${scale}\n`;
}

function label(pool: WirePool, resource: string): string {
  return `${pool.pool} ${resource}`;
}

/** `values` as at most `width` numbers, each the least of the ones it stands for. */
export function squeeze(values: readonly number[], width: number): readonly number[] {
  if (values.length === 0) return [0];
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * values.length) / count));
    return Math.min(...values.slice(from, to));
  });
}

/** Something left is never drawn as nothing, and something taken never as all. */
function shade(amount: number, total: number, ascii: boolean): string {
  const marks = ascii ? asciiBlocks : blocks;
  const top = marks.length - 1;
  if (amount <= 0 || total <= 0) return marks[0] ?? '';
  if (amount >= total) return marks[top] ?? '';
  return marks[Math.min(top - 1, Math.max(1, Math.round((amount / total) * top)))] ?? '';
}

function axis(report: WireCapacity, width: number, zone: string): string {
  const start = DateTime.fromISO(report.window.start, { zone });
  const end = DateTime.fromISO(report.window.end, { zone });
  const format = end.diff(start, 'hours').hours > 20 ? 'ccc dd LLL HH:mm' : 'HH:mm';
  const first = start.toFormat(`${format} ZZ`);
  const last = end.toFormat(format);
  return first + last.padStart(Math.max(last.length + 1, width - first.length));
}
