import type { Gate } from "./gate.ts";

export const checkpointLag: Gate = {
  name: "checkpoint-lag",
  says: "no task's newest checkpoint is more than gates.checkpoint-lag-max offsets behind its committed offset",
  read(view, { act, bounds, checkpoints }) {
    const bound = bounds.checkpointLagMax;
    let worst = { task: "", behind: 0 };
    for (const member of checkpoints ? act.members : [])
      for (const task of view.members.get(member)?.health?.tasks ?? []) {
        const name = `${task.stage}-${task.partition}`;
        const next = view.lags.get(name)?.committedNext ?? task.inputNext ?? 0;
        const behind = next - (task.checkpointNext ?? 0);
        if (behind > worst.behind) worst = { task: name, behind };
      }
    const missing =
      worst.behind <= bound
        ? null
        : `the checkpoint of ${worst.task} is ${worst.behind} offsets behind, above ${bound}`;
    return { value: worst.behind, bound, missing };
  },
};
