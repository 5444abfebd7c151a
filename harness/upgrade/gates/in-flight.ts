import type { Gate } from "./gate.ts";

/** Offsets, not records: of a log with transaction markers in it some more than records. */
export const inFlight: Gate = {
  name: "in-flight",
  says: "no task's position is more than upgrade.slo.in-flight offsets ahead of its newest checkpoint",
  read(view, { slo, tasks }) {
    const bound = slo["in-flight"] ?? 0;
    const positions = new Map(
      [...view.members.values()]
        .filter(({ running }) => running)
        .flatMap(({ health }) => health?.tasks ?? [])
        .map((task) => [`${task.stage}-${task.partition}`, task]),
    );
    let worst = { task: "", ahead: 0 };
    for (const { stage, partition } of tasks) {
      const task = `${stage}-${partition}`;
      const told = positions.get(task);
      if (told === undefined) return { value: null, bound, missing: `nobody has told of the position of ${task}` };
      const ahead = (told.inputNext ?? 0) - (told.checkpointNext ?? 0);
      if (ahead > worst.ahead) worst = { task, ahead };
    }
    const missing =
      worst.ahead <= bound ? null : `${worst.task} is ${worst.ahead} offsets ahead of its checkpoint, above ${bound}`;
    return { value: worst.ahead, bound, missing };
  },
};
