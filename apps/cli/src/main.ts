import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { exits, reportError } from './exit.js';
import { makeProgram } from './program.js';
import { systemTerminal } from './terminal.js';
import type { Terminal } from './terminal.js';

/** Runs one command line (without `node` and the script) and answers its exit code. */
export async function main(argv: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> {
  // What stands behind `--` is the payload's command line; commander would mix it with the operands.
  const border = argv.indexOf('--');
  const own = border < 0 ? argv : argv.slice(0, border);
  let code: number = exits.done;
  const program = makeProgram({ terminal, words: border < 0 ? [] : argv.slice(border + 1), done: (given) => { code = given; } });
  everyCommand(program, (command) => {
    command.exitOverride().configureOutput({ writeOut: (text) => { terminal.out(text); }, writeErr: (text) => { terminal.err(text); } }).showHelpAfterError('hint: add --help');
  });
  try {
    await program.parseAsync(own, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
    return reportError(error, terminal);
  }
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const below of command.commands) everyCommand(below, change);
}
