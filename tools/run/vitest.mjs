/** Runs vitest and counts honestly: a suite that crashes before its tests is one failure, and so is a run without a report. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { forward } from './forward.mjs';
import { root } from './prepare.mjs';

const mostWhy = 1200;

/** Gives `{ passed, failed, skipped, faults }`; `faults` are one line each, for the summary. */
export async function runVitest(args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'eb-vitest-'));
  const file = join(folder, 'report.json');
  try {
    const script = join(root, 'node_modules/vitest/vitest.mjs');
    // A test.only left behind would make everything else pass unseen.
    const code = await forward([script, 'run', ...args, '--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], options);
    return countReport(readReport(file), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts a JSON report of vitest (undefined: none was written) together with the exit code of the run. */
export function countReport(report, code) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, faults: [`vitest ended with code ${code} without a report`] };
  const tests = report.testResults.flatMap((suite) => suite.assertionResults.map((test) => ({ ...test, suite: suite.name })));
  const broken = tests.filter((test) => test.status === 'failed').map((test) => `${shortName(test.suite)}: ${test.fullName}${briefly(test.failureMessages)}`);
  const crashed = report.testResults.filter((suite) => isCrashed(suite)).map((suite) => `${shortName(suite.name)}: the suite itself failed`);
  const faults = [...broken, ...crashed];
  if (faults.length === 0 && code !== 0) faults.push(`vitest ended with code ${code} though no test failed (an error outside the tests)`);
  const passed = tests.filter((test) => test.status === 'passed').length;
  return { passed, failed: faults.length, skipped: tests.length - passed - broken.length, faults };
}

/** A suite that failed though none of its tests did: it could not be loaded, or a hook of the file threw. */
function isCrashed(suite) {
  return suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed');
}

/** What a summary has room for of why a test failed: of a run elsewhere often nothing else is seen. */
function briefly([message = ''] = []) {
  const text = stripVTControlCharacters(message).split(/\n\s+at /)[0].replace(/\s+/g, ' ').trim();
  return text === '' ? '' : ` — ${text.length > mostWhy ? `${text.slice(0, mostWhy)} …` : text}`;
}

function shortName(path) {
  return path.startsWith(root) ? path.slice(root.length + 1) : path;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`no report of vitest: ${error.message}`);
    return undefined;
  }
}
