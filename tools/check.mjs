/** `npm run check`: one line for each check, details where one fails. `--update` rewrites the lists of exported names. */
import { checks, runChecks } from './check/checks.mjs';
import { updateSurface } from './check/surface.mjs';

const [first, ...more] = process.argv.slice(2);
const names = checks.map((check) => check.name);

if (first === '--update') {
  for (const line of updateSurface()) console.log(line);
} else if (first !== undefined && !names.includes(first)) {
  console.error(`usage: npm run check -- [--update | ${names.join(' | ')}]`);
  process.exitCode = 2;
} else {
  const wanted = first === undefined ? checks : checks.filter((check) => [first, ...more].includes(check.name));
  const results = await runChecks(wanted);
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
}
