/** What people wrote first, and the tasks that follow from it. */
import { expect, test } from "vitest";
import { stageConflicts, tasksOf } from "../model/tasks.ts";
import { pipelines } from "./catalogue.ts";
import { parsePipeline } from "./parse.ts";
import { payments } from "./payments.ts";

const place = { name: "toy", folder: "pipelines/toy", generators: new Map([["payments", payments]]) };

/** Names of the tasks of a pipeline with these topics and stages, at six partitions by default. */
function tasksIn(described: string): readonly string[] {
  const description = parsePipeline(
    `${described}workload: { generator: payments, topic: payments }
launch: { argv: [run] }
versions: { v1: { sources: [v1] } }
`,
    place,
  );
  const { all } = tasksOf(description, description.topics(6));
  return all.map(({ name, group, reads }) => {
    const read = reads.map(({ topic, partition }) => `${topic}-${partition}`).join(" ");
    return `${name} of ${group} reads ${read}`;
  });
}

test("one topic read by two groups, with a partition count of its own", () => {
  expect(
    tasksIn(`guarantee: at-least-once
offsets: group
topics: { payments: { partitions: 3 }, fees: { partitions: 2 }, ids: {} }
stages:
  fees: { source: payments, group: fees, sinks: [fees] }
  ids: { source: payments, group: ids, sinks: [ids] }
`),
  ).toEqual([
    "fees-0 of fees reads payments-0",
    "fees-1 of fees reads payments-1",
    "fees-2 of fees reads payments-2",
    "ids-0 of ids reads payments-0",
    "ids-1 of ids reads payments-1",
    "ids-2 of ids reads payments-2",
  ]);
});

test("two sub-topologies of a Kafka Streams application: one group, the repartition topic, a changelog", () => {
  expect(
    tasksIn(`guarantee: exactly-once
offsets: in-transaction
topics:
  payments: { partitions: 2 }
  totals: {}
  streams-by-merchant-repartition: { partitions: 3 }
  streams-totals-store-changelog: { partitions: 3, config: { cleanup.policy: compact } }
stages:
  map: { source: payments, group: streams, sinks: [streams-by-merchant-repartition] }
  total:
    source: streams-by-merchant-repartition
    group: streams
    changelog: streams-totals-store-changelog
    sinks: [totals]
`),
  ).toEqual([
    "map-0 of streams reads payments-0",
    "map-1 of streams reads payments-1",
    "total-0 of streams reads streams-by-merchant-repartition-0",
    "total-1 of streams reads streams-by-merchant-repartition-1",
    "total-2 of streams reads streams-by-merchant-repartition-2",
  ]);
});

test("no stages of a pipeline that there is are impossible to tell apart", () => {
  for (const [name, { stages }] of pipelines) expect([name, stageConflicts(stages)]).toEqual([name, []]);
});
