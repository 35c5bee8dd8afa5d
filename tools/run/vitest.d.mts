export interface Count { readonly passed: number; readonly failed: number; readonly skipped: number; readonly faults: readonly string[] }
export interface Report {
  readonly testResults: readonly {
    readonly name: string; readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}
export function countReport(report: Report | undefined, code: number): Count;
export function runVitest(args: readonly string[], options?: object): Promise<Count>;
