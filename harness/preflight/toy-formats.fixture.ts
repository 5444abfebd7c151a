import type { FormatUse, VersionFormats } from "../model/formats.ts";
import type { Declared } from "./standing.ts";

/** `use("1 → 2", "1 2")`: writes 1, and 2 after finalise; reads both. */
export function use(written: string, reads: string, more: Partial<FormatUse> = {}): FormatUse {
  const [writes = "", afterFinalise] = written.split(" → ");
  return {
    writes,
    ...(afterFinalise === undefined ? {} : { afterFinalise }),
    reads: reads.split(" ").filter((format) => format !== ""),
    ...more,
  };
}

/** Three releases, of which the third no longer knows the wire format of the first. */
export const threeReleases: Declared = {
  v1: { repartition: use("1", "1") },
  v2: { repartition: use("1 → 2", "1 2") },
  v3: { repartition: use("2", "2") },
};

/** The same for bytes that stay where nobody touches them. */
export function threeStates(second: Partial<FormatUse> = {}): Declared {
  return {
    v1: { state: use("1", "1") },
    v2: { state: use("1 → 2", "1 2", second) },
    v3: { state: use("2", "2") },
  } satisfies Record<string, VersionFormats>;
}
