import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { profiles } from "../model/profile.ts";
import { pipelines } from "./catalogue.ts";
import { parsePipeline } from "./parse.ts";
import { payments } from "./payments.ts";
import { launchVariables, templateNames } from "./variables.ts";

const place = { name: "toy", folder: "pipelines/toy", generators: new Map([["payments", payments]]) };
const sound = `guarantee: exactly-once
offsets: in-transaction
topics:
  in: { partitions: 3 }
  out: { config: { "max.message.bytes": "2000" }, partitioning: free }
stages:
  copy: { source: in, group: copiers, sinks: [out] }
workload: { generator: payments, topic: in }
specification: oracle/specification.ts
mutants: [loses-some]
launch:
  image: registry.example/copy:1
  argv: [copy, "--from=\${ROLLPROOF_BOOTSTRAP}", "\${PIPELINE}/\${VERSION}.conf"]
  env: { COPY_MUTANT: "\${MUTANT}" }
versions:
  old: { sources: [copy.c, old.conf] }
  new: { sources: ["src/**/*.c", new.conf] }
`;
const parse = (text: string) => parsePipeline(text, place);

function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof RollproofError)) throw error;
    expect(error.code).toBe("scenario-invalid");
    return error.message.split("\n").slice(1);
  }
  return [];
}

test("a pipeline.yaml becomes a description: silent, without changelog, points and checkpoints", () => {
  const { topics, workload, config, ...rest } = parse(sound);
  const launch = (sources: readonly string[]) => ({
    argv: ["copy", "--from=${ROLLPROOF_BOOTSTRAP}", "${PIPELINE}/${VERSION}.conf"],
    env: { COPY_MUTANT: "${MUTANT}" },
    image: "registry.example/copy:1",
    mounts: ["pipelines/toy"],
    sources,
  });
  expect(rest).toEqual({
    name: "toy",
    folder: "pipelines/toy",
    guarantee: "exactly-once",
    offsets: "in-transaction",
    speaks: false,
    stages: [
      { name: "copy", sources: ["in"], group: "copiers", changelog: null, sinks: ["out"], transactionalId: null },
    ],
    versions: {
      old: launch(["pipelines/toy/copy.c", "pipelines/toy/old.conf"]),
      new: launch(["pipelines/toy/src/**/*.c", "pipelines/toy/new.conf"]),
    },
    specificationPath: "pipelines/toy/oracle/specification.ts",
    mutants: ["loses-some"],
    points: [],
    checkpoint: null,
    activate: null,
  });
  expect(topics(8)).toEqual([
    { name: "in", partitions: 3, config: { "retention.ms": "-1", "retention.bytes": "-1" } },
    {
      name: "out",
      partitions: 8,
      config: { "retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": "2000" },
      partitioning: "free",
    },
  ]);
  expect(workload.stream).toBe("payments");
  expect(config(profiles.fast, 8, null)).toEqual({ timings: profiles.fast, partitions: 8, mutant: null });
});

test.each([
  ["a misspelt key", ["offsets:", "offset:"], ['2:1: unknown key "offset". Did you mean "offsets"?']],
  ["a misspelt key of a stage", ["group: copiers", "gruop: copiers"], ['7:23: unknown key "gruop" in stages.copy.']],
  ["a word that no list has", ["exactly-once", "exactly-onse"], ["1:12: guarantee: expected exactly-once or"]],
  ["a path that leaves the folder", ["[copy.c, old.conf]", "[../../etc/passwd]"], ["16:20: versions.old.sources[0]:"]],
  ["an absolute path", ["oracle/specification.ts", "/etc/passwd.ts"], ["9:16: specification: expected a path inside"]],
  ["a home folder", ["oracle/specification.ts", "~/x.ts"], ["9:16: specification: expected a path inside"]],
  ["an unknown generator", ["generator: payments", "generator: paymens"], ['8:24: there is no generator "paymens".']],
  [
    "an input that no stage reads",
    ["topic: in }", "topic: out }"],
    ["8:41: no stage reads out: what its reader loses"],
  ],
  ["an unknown topic", ["sinks: [out]", "sinks: [outt]"], ['7:47: there is no topic "outt". Did you mean "out"?']],
  ["a topic of Kafka's own", ["  out:", "  __consumer_offsets:"], ["5:3: topics.__consumer_offsets:"]],
  ["an unknown template", ["${MUTANT}", "${MUTAND}"], ['14:23: there is no template "MUTAND". Did you mean "MUTANT"?']],
  ["no version", [/versions:[\s\S]*/, "versions: {}\n"], ["15:11: versions: expected 1 to 50 entries"]],
  ["a missing key", [/guarantee: .*\n/, ""], ["1:1: guarantee: expected exactly-once or at-least-once, got nothing"]],
  [
    "an image that is a command",
    ["registry.example/copy:1", "x; rm -rf /"],
    ["12:10: launch.image: expected an image"],
  ],
  ...["a//b:", "a:b:c", "registry.example/copy:${version}"].map(
    (text) =>
      [`the image ${text}`, ["registry.example/copy:1", JSON.stringify(text)], ["12:10: launch.image: "]] as const,
  ),
] as const)("%s is refused, with line and column", (_, [from, to], expected) => {
  const text = sound.replace(from, to);
  expect(text).not.toBe(sound);
  const problems = problemsOf(text);
  for (const part of expected) expect(problems.join("\n")).toContain(part);
});

test.each([
  [
    "two stages of one group that read one topic",
    "{ source: in, group: copiers, sinks: [out] }",
    "8:9: again reads in in group copiers, too: a group commits one offset for a partition, so they need groups of their own",
  ],
  [
    "two stages that read one topic and write one topic",
    "{ source: in, group: others, sinks: [out] }",
    "8:9: again reads in and writes out, too: whose output a record of out is cannot be told",
  ],
  ["a source that is named twice", "{ source: [out, out], group: others, sinks: [in] }", "7:26: out is named twice"],
  [
    "an unknown source",
    "{ source: [out, outt], group: others, sinks: [in] }",
    '7:26: there is no topic "outt". Did you mean',
  ],
  [
    "an unknown changelog",
    "{ source: out, group: others, changelog: log, sinks: [in] }",
    '7:51: there is no topic "log"',
  ],
  ["a source of another form", "{ source: 7, group: others, sinks: [in] }", "7:20: stages.again.source: expected"],
  [
    "a source of no name",
    "{ source: a b, group: others, sinks: [in] }",
    "7:20: stages.again.source: expected a topic's name",
  ],
  ["no source", "{ source: [], group: others, sinks: [in] }", "7:20: stages.again.source: too small"],
] as const)("%s: refused", (_, stage, expected) => {
  const problems = problemsOf(sound.replace("  copy:", `  again: ${stage}\n  copy:`));
  expect(problems.join("\n")).toContain(expected);
});

test("stages may share a group, and a stage may have several sources and a changelog", () => {
  const text = sound.replace(
    "  copy:",
    "  again: { source: [out, log], group: copiers, changelog: log, sinks: [] }\n  copy:",
  );
  const { stages } = parse(text.replace("  out:", "  log: {}\n  out:"));
  expect(stages.map(({ name, sources, group, changelog }) => [name, sources, group, changelog])).toEqual([
    ["again", ["out", "log"], "copiers", "log"],
    ["copy", ["in"], "copiers", null],
  ]);
});

test("the pipelines of the folder are in the catalogue, each as its file says", () => {
  expect([...pipelines.keys()]).toEqual(["reference", "java-branches", "java-fees"]);
  const text = readFileSync(`${import.meta.dirname}/../../pipelines/java-fees/pipeline.yaml`, "utf8");
  const { topics: _, workload: __, config: ___, ...described } = pipelines.get("java-fees") ?? parse(sound);
  expect(parsePipeline(text, { ...place, name: "java-fees", folder: "pipelines/java-fees" })).toMatchObject(described);
});

test("every template that a launch may use stands for something, and nothing else does", () => {
  const timings = profiles.fast;
  const variables = launchVariables({
    folder: "/r/pipelines/toy",
    kafkaLibs: "/r/libs",
    version: "old",
    mutant: null,
    partitions: 6,
    timings,
  });
  expect(variables).toEqual({
    PIPELINE: "/r/pipelines/toy",
    KAFKA_LIBS: "/r/libs",
    VERSION: "old",
    MUTANT: "",
    PARTITIONS: "6",
    SESSION_TIMEOUT_MS: String(timings.sessionTimeoutMs),
    HEARTBEAT_INTERVAL_MS: String(timings.heartbeatIntervalMs),
    REBALANCE_TIMEOUT_MS: String(timings.rebalanceTimeoutMs),
    MAX_WAIT_MS: String(timings.maxWaitMs),
    REQUEST_TIMEOUT_MS: String(timings.requestTimeoutMs),
    TRANSACTION_TIMEOUT_MS: String(timings.transactionTimeoutMs),
  });
  expect(templateNames.filter((name) => !name.startsWith("ROLLPROOF_"))).toEqual(Object.keys(variables));
});
