import type { StageName } from "../core/stage.ts";

/** Bytes that a version writes (docs/writing-a-pipeline.md, "Samples"). */
export interface Sample {
  readonly kind: "state" | "changelog" | "repartition" | "checkpoint";
  readonly format: string;
  /** It is written only once the version's flag is active. */
  readonly finalised: boolean;
  readonly name: string;
  readonly stage: StageName;
  /** Of a state; else empty. */
  readonly key: string;
  /** Base64. */
  readonly bytes: string;
}

/** What it means, whatever the format. */
export type WrittenSample = Sample & { readonly says: string };

export type Answer = { readonly says: string } | { readonly refuses: string };

/** One text for one value: JSON with its keys sorted. */
export function meaningOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
