import type { Capability } from "../model/environment.ts";
import type { Json } from "../model/event.ts";
import type { ActiveFault, Fault, FaultTarget, TargetSort, UndoStep } from "../model/fault.ts";

/** A fault kind with its params' type closed over: what the catalogue lists, and what a scenario is checked against. */
export interface CheckedFault {
  readonly kind: string;
  readonly takes: Fault<unknown>["takes"];
  readonly asksControlPort: boolean;
  readonly paramsSchema: Json;
  /** The params with defaults filled in; throws a plain Error with the reason. */
  parseParams(params: unknown): Readonly<Record<string, unknown>>;
  /** What it needs of the environment; without `on`, for any target that it takes. Throws as parseParams does. */
  needs(params: unknown, on?: TargetSort): readonly Capability[];
  /** Parsed params meet a resolved target; nothing is injured yet. */
  prepare(target: FaultTarget, params: unknown): PreparedFault;
}

/** A fault about to happen: its undo is journalled first, then it is injected. */
export interface PreparedFault {
  readonly undo: readonly UndoStep[];
  inject(signal: AbortSignal): Promise<ActiveFault>;
}

/** Closes over P, so that faults of different params stand in one list without a cast. */
export function checkedFault<P extends Readonly<Record<string, unknown>>>(fault: Fault<P>): CheckedFault {
  return {
    kind: fault.kind,
    takes: fault.takes,
    asksControlPort: fault.asksControlPort ?? false,
    paramsSchema: fault.paramsSchema,
    parseParams: (params) => fault.parseParams(params),
    needs: (params, on) => fault.needs(fault.parseParams(params), on),
    prepare(target, params) {
      const parsed = fault.parseParams(params);
      return {
        undo: fault.undo(target, parsed),
        inject: (signal) => fault.inject(target, parsed, signal),
      };
    },
  };
}
