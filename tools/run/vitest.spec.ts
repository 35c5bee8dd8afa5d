import { describe, expect, it } from 'vitest';
import { countReport } from './vitest.mjs';

const test = (status: string) => ({ status, fullName: `a test that ${status}` });
const suite = (status: string, ...statuses: string[]) => ({ name: 'a.spec.ts', status, assertionResults: statuses.map(test) });

describe('counting a run of vitest', () => {
  it('counts tests', () => {
    expect(countReport({ testResults: [suite('failed', 'passed', 'passed', 'failed', 'pending')] }, 1))
      .toEqual({ passed: 2, failed: 1, skipped: 1, faults: ['a.spec.ts: a test that failed'] });
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
