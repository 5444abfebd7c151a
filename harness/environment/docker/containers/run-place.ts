import type { Engine } from "../daemon/engine.ts";

/** What every container of a run has in common. */
export interface RunPlace {
  readonly engine: Engine;
  readonly runId: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A named volume, and where it is seen inside. */
export interface VolumeMount {
  readonly volume: string;
  readonly path: string;
}
