import type { Capability } from "../model/environment.ts";
import type { Json } from "../model/event.ts";
import type { Fault, TargetSort } from "../model/fault.ts";
import type { PipelineDescription } from "../model/pipeline.ts";

/** What a scenario may name; handed in as data, so that reading a scenario needs none of the folders behind it. */
export interface Catalogues {
  readonly faults: ReadonlyMap<string, FaultEntry>;
  readonly pipelines: ReadonlyMap<string, PipelineDescription>;
  /** Ids of the invariants that can be expected: EO1 … */
  readonly invariants: readonly string[];
}

/** A fault kind as far as scenarios go. */
export interface FaultEntry {
  readonly kind: string;
  readonly takes: Fault<unknown>["takes"];
  readonly asksControlPort: boolean;
  /** JSON Schema of the params. */
  readonly paramsSchema: Json;
  /** The params with defaults filled in; throws a plain Error with the reason. */
  parseParams(params: unknown): Readonly<Record<string, unknown>>;
  needs(params: unknown, on?: TargetSort): readonly Capability[];
}
