/** Writes openapi/types.ts from openapi/execution-broker.yaml. The same document always gives the same file. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const source = new URL('../openapi/execution-broker.yaml', import.meta.url);
const target = new URL('../openapi/types.ts', import.meta.url);

/** The text of openapi/types.ts as the document says it should be. */
export async function generateTypes() {
  const document = withoutDiscriminators(parse(await readFile(source, 'utf8')));
  const ast = await openapiTypescript(document, { alphabetize: true, immutable: true, defaultNonNullable: false });
  return `/** Generated from execution-broker.yaml by \`npm run generate\`; do not edit. */\n${astToString(ast)}`;
}

/** `kind` stays a plain string in the types: unknown kinds are legal, and the generator loses it in schemas two steps down. */
function withoutDiscriminators(value) {
  if (Array.isArray(value)) return value.map(withoutDiscriminators);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'discriminator').map(([key, each]) => [key, withoutDiscriminators(each)]));
}

/** Writes the types; true when that changed the file. */
export async function writeTypes() {
  const before = await readFile(target, 'utf8').catch((error) => (error.code === 'ENOENT' ? '' : Promise.reject(error)));
  const after = await generateTypes();
  if (before !== after) await writeFile(target, after);
  return before !== after;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write((await writeTypes()) ? 'openapi/types.ts written\n' : 'openapi/types.ts is up to date\n');
}
