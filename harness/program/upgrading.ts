import type { UpgradeSpec } from "../model/scenario.ts";

/** What a program is made from. */
export interface Upgrading {
  /** All of the pipeline's. */
  readonly members: readonly string[];
  readonly to: string;
  readonly upgrade: UpgradeSpec;
  /** The flag that is activated once every member is new; null: the pipeline has none. */
  readonly flag: string | null;
}
