import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../run/provenance.ts";
import { processesOf, rollproof, scratch } from "./spawned.fixture.ts";

let pipelines = 0;

/** A pipeline of one stage whose program is this text, run by the command; its folder goes when the test does. */
function pipelineOf(program: string, argv: readonly string[]): Disposable & { readonly name: string } {
  pipelines += 1;
  const folder = join(root, "pipelines", `does-not-start-${process.pid}-${pipelines}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "member.mjs"), program);
  for (const version of ["v1", "v2"]) writeFileSync(join(folder, `${version}.txt`), version);
  writeFileSync(
    join(folder, "pipeline.yaml"),
    `guarantee: exactly-once
offsets: in-transaction
topics: { payments: {}, copies: {} }
stages:
  copy: { source: payments, group: copiers, sinks: [copies] }
workload: { generator: payments, topic: payments }
launch: { argv: ${JSON.stringify(argv)} }
versions:
  v1: { sources: [member.mjs, v1.txt] }
  v2: { sources: [member.mjs, v2.txt] }
`,
  );
  return { name: basename(folder), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** Exit code and words of a run of the pipeline. */
async function ran(name: string): Promise<{ readonly exit: number; readonly said: string }> {
  await using folder = await scratch();
  const scenario = join(folder.path, "scenario.yaml");
  writeFileSync(
    scenario,
    `question: Does it come up?
pipeline: ${name}
from: v1
to: v2
members: 2
brokers: 1
`,
  );
  const out = join(folder.path, "runs");
  const spawned = rollproof(["run", "--environment", "process", "--seed", "1", "--out", out, scenario]);
  const exit = await spawned.exit;
  expect(processesOf(folder.path)).toEqual([]);
  return { exit, said: spawned.out() + spawned.err() };
}

const self = ["node", "${PIPELINE}/member.mjs"];

test("a program that does not exist is the pipeline's fault, and named", async () => {
  using pipeline = pipelineOf("", ["no-such-program"]);
  const { exit, said } = await ran(pipeline.name);
  expect(said).toContain("could not be started (no-such-program): Error: spawn no-such-program ENOENT.");
  expect(exit).toBe(65);
});

test.each([
  ["with an error", "process.exit(3);", "with exit code 3"],
  ["without one", "process.exit(0);", "with exit code 0"],
] as const)("a program that ends at once %s is named, with its last words", async (_, end, how) => {
  using pipeline = pipelineOf(`console.error("no schema registry at 10.0.0.1"); ${end}`, self);
  const { exit, said } = await ran(pipeline.name);
  expect(said).toMatch(
    new RegExp(
      `member-\\d ended 3 times at its start\\. member-\\d at v1 \\(incarnation 3\\) ended by itself ${how}\\.`,
    ),
  );
  expect(said).toContain("no schema registry at 10.0.0.1");
  expect(exit).toBe(65);
});

test("a program that joins its group under another client id is told which one is expected", async () => {
  using pipeline = pipelineOf(
    `import { Kafka } from "kafkajs";
const { ROLLPROOF_MEMBER: member, ROLLPROOF_BOOTSTRAP: bootstrap } = process.env;
const clientId = member + "-StreamThread-1-consumer";
const consumer = new Kafka({ clientId, brokers: bootstrap.split(","), logLevel: 0 }).consumer({ groupId: "copiers" });
process.on("SIGTERM", () => process.exit(0));
console.log("the topology is running");
await consumer.connect();
await consumer.subscribe({ topic: "payments" });
await consumer.run({ eachMessage: () => Promise.resolve() });
`,
    self,
  );
  const { exit, said } = await ran(pipeline.name);
  expect(said).toMatch(/In the group "copiers" of stage copy are the client ids "member-\d-StreamThread-1-consumer"/);
  expect(said).toContain(', expected are "member-1", "member-2": the framework appends to client.id');
  expect(said).toContain("the topology is running");
  expect(exit).toBe(65);
});
