/** The parts of vitest's JSON report that the closing line is counted from. */
export interface TestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}
export function isPureOnly(args: readonly string[]): boolean;
export function count(
  results: TestResults | null,
  exit: number,
): { readonly passed: number; readonly failed: number; readonly skipped: number };
