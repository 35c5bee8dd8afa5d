import { describe, expect, it } from 'vitest';
import { countReport } from './vitest.mjs';

const test = (status: string) => ({ status, fullName: `a test that ${status}` });
const suite = (status: string, ...statuses: string[]) => ({ name: 'a.spec.ts', status, assertionResults: statuses.map(test) });

describe('counting a run of vitest', () => {
  it('counts tests', () => {
    expect(countReport({ testResults: [suite('failed', 'passed', 'passed', 'failed', 'pending')] }, 1))
      .toEqual({ passed: 2, failed: 1, skipped: 1, faults: ['a.spec.ts: a test that failed'] });
  });

  it('says in a line why a test failed, without where and without colours', () => {
    const broken = { ...test('failed'), failureMessages: ["AssertionError: \u001B[31mgone\u001B[39m:\n  expected 'FAILED' to be 'COMPLETED'\n    at a.spec.ts:1:2\n    at b.ts:3:4"] };
    const report = { testResults: [{ ...suite('failed'), assertionResults: [broken] }] };
    expect(countReport(report, 1).faults).toEqual(["a.spec.ts: a test that failed — AssertionError: gone: expected 'FAILED' to be 'COMPLETED'"]);
    const long = { ...test('failed'), failureMessages: ['x'.repeat(5000)] };
    expect(countReport({ testResults: [{ ...suite('failed'), assertionResults: [long] }] }, 1).faults[0]).toHaveLength('a.spec.ts: a test that failed — '.length + 1200 + ' …'.length);
  });

  it('counts a suite that crashed as a failure', () => {
    expect(countReport({ testResults: [suite('failed'), suite('passed', 'passed')] }, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a suite as failed whose hook threw after its tests had passed', () => {
    expect(countReport({ testResults: [suite('failed', 'passed')] }, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts an error outside of all tests as a failure', () => {
    expect(countReport({ testResults: [suite('passed', 'passed')] }, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a run without a report as a failure, whatever its exit code says', () => {
    expect(countReport(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});
