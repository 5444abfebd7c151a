import { expect, test } from "vitest";
import { toyDescription } from "../checkers/toy-pipeline.fixture.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { topologyOf } from "./topology.ts";

function withIds(transactionalId: (partition: number) => string): PipelineDescription {
  return { ...toyDescription, stages: toyDescription.stages.map((stage) => ({ ...stage, transactionalId })) };
}

test("a transactional id names its task, and none where several tasks share it", () => {
  const own = topologyOf(toyDescription, 3);
  expect(own.task("toy-count-2")).toEqual({ stage: "count", partition: 2 });
  expect(own.task("toy-count-3")).toBeNull();
  const shared = topologyOf(
    withIds((partition) => `toy-${partition % 2}`),
    3,
  );
  expect(shared.task("toy-0")).toBeNull();
  expect(shared.task("toy-1")).toEqual({ stage: "count", partition: 1 });
  expect(
    topologyOf(
      withIds(() => "toy"),
      3,
    ).task("toy"),
  ).toBeNull();
});

test("a shared id is the pipeline's all the same", () => {
  const shared = topologyOf(
    withIds(() => "toy"),
    2,
  );
  expect(shared.concerns({ transactionalId: "toy", partitions: [{ topic: "elsewhere" }] })).toBe(true);
  expect(shared.concerns({ transactionalId: "other", partitions: [{ topic: "elsewhere" }] })).toBe(false);
});
