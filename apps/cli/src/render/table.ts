import Table from 'cli-table3';
import { shown } from './shown.js';

/** Columns by header, without lines and colours, so that it reads the same on a screen and in a pipe. */
export function drawTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = '';
  const table = new Table({
    head: headers.map((header) => header.toUpperCase()), style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: {
      top: none, 'top-mid': none, 'top-left': none, 'top-right': none, bottom: none, 'bottom-mid': none, 'bottom-left': none, 'bottom-right': none,
      left: none, 'left-mid': none, mid: none, 'mid-mid': none, right: none, 'right-mid': none, middle: none,
    },
  });
  table.push(...rows.map((row) => row.map(shown)));
  return `${table.toString().split('\n').map((line) => line.trimEnd()).join('\n')}\n`;
}
