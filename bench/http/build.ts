/** Servers run as nodes run in operation: built, where there is a fresh build, since running from source costs time at every call. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isFresh } from '../../tools/run/built.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Arguments of Node for a program of bench/ (a path without its suffix), which a build leaves out; it is added to the build. */
export async function benchArguments(program: string): Promise<readonly string[]> {
  if (!isFresh(root)) return ['--import', 'tsx', join(root, `${program}.ts`)];
  const file = join(root, 'dist', `${program}.js`);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, ts.transpileModule(await readFile(join(root, `${program}.ts`), 'utf8'), { compilerOptions }).outputText);
  return [file];
}
