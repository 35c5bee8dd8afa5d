/** The one entry of every npm script: makes the clone ready, then runs the named command. Plain Node, no packages. */
import { exit, argv } from 'node:process';
import { commands } from './run/commands.mjs';
import { forward } from './run/forward.mjs';
import { prepare } from './run/prepare.mjs';

const [name = '', ...rest] = argv.slice(2);
const command = commands[name];
if (command === undefined) {
  console.error(`usage: node tools/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
  exit(2);
}
const fault = prepare();
if (fault !== undefined) {
  console.error(fault);
  exit(1);
}
exit(await forward([...(typeof command === 'function' ? command() : command), ...rest]));
