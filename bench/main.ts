/**
 * `npm run bench -- [NAME …] [--quick] [--only PART] [--json FILE]`: runs the benches named, or all, prints a table and writes the
 * measures as JSON. A goal that is missed is shown, and is no failure of the run: machines differ.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { aggregatorHeap } from '../tools/run/built.mjs';
import type { Measure } from './measure.js';

interface Settings { readonly quick: boolean; readonly only?: string }

/** `parts`: what `--only` may name, of a bench that can be run in parts. */
interface Bench { readonly parts?: readonly string[]; run(settings: Settings): Promise<Measure[]> }

const here = import.meta.dirname;
/** Benches in a process that is started as what they measure is. */
const startedWith: Readonly<Record<string, readonly string[]>> = { federation: aggregatorHeap };
const notBenches = new Set(['main.ts', 'measure.ts']);

async function benchNames(): Promise<readonly string[]> {
  const entries = await readdir(here, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && /^[a-z-]+\.ts$/.test(entry.name) && !notBenches.has(entry.name)).map((entry) => entry.name.slice(0, -3)).sort();
}

function tableOf(measures: readonly Measure[]): string {
  const table = new Table({ head: ['measure', 'value', 'unit', 'goal', ''], style: { head: [], border: [] }, colAligns: ['left', 'right', 'left', 'left', 'left'] });
  for (const { name, value, unit, goal, holds } of measures) table.push([name, String(Number(value.toPrecision(4))), unit, goal, holds ? 'holds' : 'missed']);
  return table.toString();
}

async function measuresOf(name: string, settings: Settings): Promise<readonly Measure[]> {
  const wanted = startedWith[name] ?? [];
  if (wanted.some((one) => !process.execArgv.includes(one))) return measuresOfChild(name, [...wanted, ...process.execArgv], settings);
  const { run, parts = [] } = await import(pathToFileURL(join(here, `${name}.ts`)).href) as Bench;
  if (settings.only !== undefined && !parts.includes(settings.only)) throw new RangeError(`the bench ${name} has no part ${settings.only}; there are ${parts.join(', ') || 'none'}`);
  return run(settings);
}

async function measuresOfChild(name: string, nodeArguments: readonly string[], { quick, only }: Settings): Promise<readonly Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-bench-'));
  try {
    const file = join(folder, 'measures.json');
    const child = spawn(process.execPath, [...nodeArguments, join(here, 'main.ts'), name, ...(quick ? ['--quick'] : []), ...(only === undefined ? [] : ['--only', only]), '--json', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit') as [number | null];
    if (code !== 0) throw new Error(`the bench ${name} ended with ${code ?? 'a signal'}`);
    return JSON.parse(await readFile(file, 'utf8')) as Measure[];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runBenches(names: readonly string[], options: Settings & { readonly json?: string }): Promise<void> {
  const known = await benchNames();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new RangeError(`no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const measures: Measure[] = [];
  for (const name of names.length > 0 ? names : known) {
    process.stderr.write(`bench ${name} …\n`);
    measures.push(...await measuresOf(name, options));
  }
  process.stdout.write(`${tableOf(measures)}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(measures.map(({ name, value, unit, goal, holds }) => ({ name, value, unit, goal, holds })), null, 2)}\n`);
}

const program = new Command('bench').argument('[names...]', 'which benches; all when left out')
  .option('--quick', 'shorter phases', false).option('--only <part>', 'only this part of a bench that has parts').option('--json <file>', 'also write the measures as JSON')
  .action(runBenches);
try {
  await program.parseAsync();
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}
