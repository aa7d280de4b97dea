// Counts what a stage of `npm test` did, from the report that its test runner left.

export type Report = 'vitest' | 'playwright';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly notes: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
}

/**
 * @param report which runner wrote the report; undefined for a stage that is one check
 * @param text the report, or undefined when there is none
 * @param succeeded whether the stage's process ended well
 * @returns the counts; a skipped test, a stage without a test, and a runner that failed beside its tests count as failed
 */
export function count(report: Report | undefined, text: string | undefined, succeeded: boolean): Count {
  if (report === undefined) return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, notes: [] };
  if (text === undefined) return { passed: 0, failed: 1, notes: ['the runner left no report'] };

  let passed: number, failed: number, skipped: number;
  const notes: string[] = [];
  if (report === 'vitest') {
    const result = JSON.parse(text) as VitestReport;
    passed = result.numPassedTests;
    failed = result.numFailedTests;
    skipped = result.numPendingTests + result.numTodoTests;
  } else {
    const { stats } = JSON.parse(text) as PlaywrightReport;
    passed = stats.expected + stats.flaky;
    failed = stats.unexpected;
    skipped = stats.skipped;
    if (stats.flaky > 0) notes.push(`${stats.flaky} only at the second try`);
  }
  if (skipped > 0) {
    notes.push(`${skipped} skipped, which counts as failed`);
    failed += skipped;
  }
  if (passed + failed === 0) {
    notes.push('no tests ran');
    failed = 1;
  }
  if (!succeeded && failed === 0) {
    notes.push('the runner failed outside its tests');
    failed = 1;
  }
  return { passed, failed, notes };
}

export function summaryLine({ passed, failed }: { passed: number; failed: number }): string {
  return `${passed} passed, ${failed} failed`;
}
