import type { Finding } from "../model/finding.ts";

/** What a finding says that is not given because the run directory does not hold one run: HZ1 says why, once. */
export const notJudged = "Not judged: the files of this run directory are not of one run (HZ1).";

/**
 * Findings over evidence that is not one run's: none of them passes or convicts, and HZ1 has the reasons. Of a history that is not
 * whole its own come first: what was cut off may be the cause of the others.
 */
export function withheld(
  findings: readonly Finding[],
  { reasons, isHistoryWhole }: { readonly reasons: readonly string[]; readonly isHistoryWhole: boolean },
): readonly Finding[] {
  return findings.map((finding) => {
    const isHonesty = finding.invariant === "HZ1";
    const own = isHonesty && finding.outcome === "unknown" && finding.why !== null ? [finding.why] : [];
    const mixed = [...reasons, restore];
    const all = isHistoryWhole ? [...mixed, ...own] : [...own, ...mixed];
    const why = isHonesty ? all.join(" ") : notJudged;
    return { ...finding, outcome: "unknown", why, anomalies: [] };
  });
}

const restore = "Restore the files of one run, or run the plan again.";
