import type { CheckerContext } from "../../model/finding.ts";
import type { Program } from "../../model/program.ts";
import { dueActs } from "../../model/way-back.ts";
import { beginCourse, stepCourse } from "../../facts/turn.ts";
import type { Missing, NeedsOfTheme } from "./needs-of-theme.ts";

/** A history that counts higher was not written by a run. */
const incarnationsMax = 1_000;

/**
 * Every broker and member is started, incarnations are counted without a hole, each but a broker's last has an end, and where there
 * are checkpoints a copy of the disk that it left. Of each member there is health, which the load waits for, and testimony if it
 * speaks.
 */
export function processNeeds({ plan, description }: CheckerContext): NeedsOfTheme {
  const { scenario } = plan;
  const brokers = scenario.brokers.map((_, i) => `broker-${i + 1}`);
  const members = Array.from({ length: scenario.members }, (_, i) => `member-${i + 1}`);
  const started = new Map<string, Set<number>>([...brokers, ...members].map((process) => [process, new Set()]));
  const ended = new Set<string>();
  const copied = new Set<string>();
  const versions = new Set<string>();
  const heard = new Set<string>();
  const leavesDisks = description.checkpoint !== null;
  const course = beginCourse();
  const healthKinds = description.speaks ? (["gauge-health", "testimony"] as const) : (["gauge-health"] as const);
  return {
    step(event) {
      stepCourse(course, event);
      switch (event.kind) {
        case "process-started":
          started.set(event.process, (started.get(event.process) ?? new Set()).add(event.incarnation));
          versions.add(`${event.process} at ${event.version}`);
          break;
        case "process-ended":
          ended.add(`${event.process}/${event.incarnation}`);
          break;
        case "gauge-health":
        case "testimony":
          heard.add(`${event.kind} ${event.member}`);
          break;
        case "disk-copied":
        case "disk-copy-failed": // told by itself
          copied.add(`${event.member}/${event.incarnation}`);
          break;
        default:
          break;
      }
    },
    missing() {
      const lacks: Missing[] = [...started].flatMap(([process, incarnations]) =>
        missingLives({
          process,
          incarnations,
          ended,
          copied: leavesDisks && process.startsWith("member-") ? copied : null,
        }),
      );
      for (const member of members)
        for (const kind of healthKinds) if (!heard.has(`${kind} ${member}`)) lacks.push({ kind, of: member });
      for (const of of livesOf(dueActs(plan, course.turn)))
        if (!versions.has(of)) lacks.push({ kind: "process-started", of });
      return lacks;
    },
  };
}

/** Each member at each version that the program brings it up at. */
function livesOf(program: Program): readonly string[] {
  return program.flatMap((act) =>
    act.kind === "bring-up" ? act.members.map((member) => `${member} at ${act.version}`) : [],
  );
}

/** `copied` is null where no disk need be copied. */
function missingLives(of: {
  readonly process: string;
  readonly incarnations: ReadonlySet<number>;
  readonly ended: ReadonlySet<string>;
  readonly copied: ReadonlySet<string> | null;
}): readonly Missing[] {
  const { process, incarnations, ended, copied } = of;
  const lacks: Missing[] = [];
  const last = Math.min(Math.max(1, ...incarnations), incarnationsMax);
  for (let i = 1; i <= last; i += 1) {
    const life = `${process}/${i}`;
    if (!incarnations.has(i)) lacks.push({ kind: "process-started", of: life });
    if ((i < last || !process.startsWith("broker-")) && !ended.has(life))
      lacks.push({ kind: "process-ended", of: life });
    if (copied?.has(life) === false) lacks.push({ kind: "disk-copied", of: life });
  }
  return lacks;
}
