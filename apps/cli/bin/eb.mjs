#!/usr/bin/env node
// The program of a clone, from whatever folder it is called: its TypeScript sources, through tsx. What is built has a launcher of its own.
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)) });
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));
