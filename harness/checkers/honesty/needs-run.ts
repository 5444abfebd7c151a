import type { EventKind } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { activates } from "../../model/program.ts";
import { beginCourse, stepCourse } from "../../facts/turn.ts";
import { dueActs } from "../../model/way-back.ts";
import type { Missing, NeedsOfTheme } from "./needs-of-theme.ts";

const once: readonly EventKind[] = ["run-started", "time-zero", "faults-over", "run-ended"];

/** The run's own course: its phases, the first send, an answer to every send that was begun, the end of faults, of the drain and of itself. */
export function runNeeds({ plan }: CheckerContext): NeedsOfTheme {
  const seen = new Set<EventKind>();
  const phases = new Set<string>();
  const unanswered = new Map<number, string>();
  const due = ["boot", "warm-up", "load", "heal", "drain", "final-read"];
  if (plan.program.length > 0) due.push("roll");
  const course = beginCourse();
  return {
    step(event) {
      stepCourse(course, event);
      seen.add(event.kind);
      if (event.kind === "run-phase") phases.add(event.phase);
      if (event.kind === "send-invoked")
        unanswered.set(event.seq, `the send ${event.seq} to ${event.topic}-${event.partition}`);
      if (event.kind === "send-ok" || event.kind === "send-fail" || event.kind === "send-info")
        unanswered.delete(event.invoked);
    },
    missing(): readonly Missing[] {
      const kinds = seen.has("drain-failed") ? once : [...once, "drained" as const];
      return [
        ...kinds.filter((kind) => !seen.has(kind)).map((kind) => ({ kind, of: "the run" })),
        ...[...due, ...(activates(dueActs(plan, course.turn)) ? ["finalise"] : [])]
          .filter((phase) => !phases.has(phase))
          .map((of) => ({ kind: "run-phase" as const, of })),
        ...[...unanswered.values()].map((of) => ({ kind: "send-ok" as const, of })),
      ];
    },
  };
}
