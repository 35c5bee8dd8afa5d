/** `npm test`: the checks, then every suite. The last line is `N passed, N failed`; a check counts as one test. */
import { checks, runChecks } from './check/checks.mjs';
import { runVitest } from './run/vitest.mjs';

const args = process.argv.slice(2);
// Named files or options mean "just these tests".
const results = args.length > 0 ? [] : await runChecks(checks.filter((check) => !check.isSuite));
const suites = await runVitest(args);
const brokenChecks = results.filter((result) => !result.ok).map((result) => `check: ${result.name}`);
const faults = [...brokenChecks, ...suites.faults];

console.log('');
for (const fault of faults) console.log(`FAIL ${fault}`);
if (suites.skipped > 0) console.log(`${suites.skipped} skipped`);
const passed = suites.passed + results.length - brokenChecks.length;
const failed = suites.failed + brokenChecks.length;
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
