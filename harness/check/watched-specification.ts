import type {
  ExpectedChange,
  ExpectedEffect,
  ExpectedOutput,
  Specification,
  StageSpecification,
  TaskFold,
} from "../model/pipeline.ts";
import type { Call, Heartbeat } from "./heartbeat.ts";

interface Place {
  readonly stage: string;
  readonly partition: number;
  readonly offset: number;
}

type Watch = <T>(call: Call, place: Place, work: () => T) => T;

/** The same specification, which says before each call into it what is called: the watchdog names a call that does not end. */
export function watchedSpecification(specification: Specification, heartbeat: Heartbeat): Specification {
  const watch: Watch = (call, place, work) => {
    heartbeat.enter(call, place);
    try {
      return work();
    } finally {
      heartbeat.leave();
    }
  };
  const stages = Object.entries(specification.stages).map(([name, stage]) => [name, watchedStage(name, stage, watch)]);
  return { stages: Object.fromEntries(stages) };
}

function watchedStage(name: string, stage: StageSpecification, watch: Watch): StageSpecification {
  const whole: Place = { stage: name, partition: -1, offset: -1 };
  const changelog = stage.changelog?.bind(stage);
  const checkpoint = stage.checkpoint?.bind(stage);
  return {
    start(partition) {
      const place = { stage: name, partition, offset: -1 };
      const fold = watch("start", place, () => stage.start(partition));
      return watchedFold(fold, place, watch);
    },
    output: (value) => watch("output", whole, () => stage.output(value)),
    ...(changelog && { changelog: (key, value) => watch("changelog", whole, () => changelog(key, value)) }),
    ...(checkpoint && { checkpoint: (bytes) => watch("checkpoint", whole, () => checkpoint(bytes)) }),
  };
}

function watchedFold(fold: TaskFold, task: Place, watch: Watch): TaskFold {
  return {
    step(record) {
      const place = { ...task, offset: record.offset };
      // Copied inside the call: an effect may compute when it is looked at.
      return watch("step", place, () => watchedEffect(fold.step(record), place, watch));
    },
  };
}

function watchedEffect({ outputs, changes }: ExpectedEffect, place: Place, watch: Watch): ExpectedEffect {
  return {
    outputs: outputs.map((output): ExpectedOutput => ({
      ...output,
      value: (format) => watch("value", place, () => output.value(format)),
    })),
    changes: changes.map((change): ExpectedChange => {
      const { key, state } = change;
      if (state === null) return change;
      return { key, state: (schema) => watch("state", place, () => state(schema)) };
    }),
  };
}
