import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Exit } from "../../model/environment.ts";
import type { FeatureLevels } from "../../model/kafka-features.ts";
import { brokerFiles, prepareBroker } from "./broker-files.ts";
import { brokersAt } from "./broker-versions.ts";
import { layOut } from "./layout.ts";
import { formatStorage, type StorageTool } from "./storage-format.ts";

/** What `kafka-storage format` of 4.1.1 writes: metadata 27, eligible leader replicas 1, group 1, transaction 2. */
const checkpoint = Buffer.from(
  [
    "AAAAAAAAAAAAAABHAAAAAAJqWxcYACAAAAAAAAABoh8W3MgAAAGiHxbcyP//////////////////AAAAASoAAAAIAAAAAxYAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAQAAALkAAAAAAu0a/4AAAAAAAAMAAAGiHxbdIgAAAaIfFt0i//////////////////8AAAAEOgAAAAEu",
    "AQwAEW1ldGFkYXRhLnZlcnNpb24AGwAAWgAAAgFOAQwAIWVsaWdpYmxlLmxlYWRlci5yZXBsaWNhcy52ZXJzaW9uAAEAADQAAAQB",
    "KAEMAA5ncm91cC52ZXJzaW9uAAEAAEAAAAYBNAEMABR0cmFuc2FjdGlvbi52ZXJzaW9uAAIAAAAAAAAAAAAFAAAAPwAAAAACWzOt",
    "uQAgAAAAAAAAAaIfFt09AAABoh8W3T3//////////////////wAAAAEaAAAACAAAAAQGAAAAAA==",
  ].join(""),
  "base64",
);
const levels = {
  "metadata.version": 27,
  "eligible.leader.replicas.version": 1,
  "group.version": 1,
  "transaction.version": 2,
};
const brokers = brokersAt([{ version: "4.1.1" }, { version: "4.1.0" }, { version: "4.1.1" }]);
const never = new AbortController().signal;

function scene() {
  const runDirectory = mkdtempSync(join(tmpdir(), "rollproof-format-"));
  onTestFinished(() => rmSync(runDirectory, { recursive: true, force: true }));
  const asked: (readonly string[])[] = [];
  /** A tool that leaves these bytes and ends as told. */
  const tool = (bytes: Uint8Array | null, exit: Exit, words = ""): StorageTool => ({
    program: (version) => `kafka-storage of Kafka ${version}`,
    keptAt: (version) => Promise.resolve(join(runDirectory, "formats", version)),
    run(parameters, { version, folder, log }) {
      asked.push([version, ...parameters.filter((_, i) => parameters[i - 1] === "--feature")]);
      writeFileSync(log, words);
      if (bytes !== null) writeFileSync(join(folder, "data", "bootstrap.checkpoint"), bytes);
      return Promise.resolve(exit);
    },
  });
  return { runDirectory, asked, tool, kept: join(runDirectory, "formats") };
}
const done: Exit = { code: 0, signal: null };

test("the tool of the oldest version is run once, and its answer is kept by version and levels", async () => {
  const { runDirectory, asked, tool, kept } = scene();
  const writes = tool(checkpoint, done);
  const format = async (features?: FeatureLevels) =>
    await formatStorage(writes, { brokers, runDirectory, ...(features === undefined ? {} : { features }) }, never);
  expect(await format()).toEqual({ checkpoint, levels });
  expect(await format()).toEqual({ checkpoint, levels });
  expect(await format({ "group.version": 1, "transaction.version": 2 })).toEqual({ checkpoint, levels });
  expect(await format({ "transaction.version": 2, "group.version": 1 })).toEqual({ checkpoint, levels });
  expect(asked).toEqual([["4.1.0"], ["4.1.0", "group.version=1", "transaction.version=2"]]);
  expect([readdirSync(runDirectory), readdirSync(kept).length]).toEqual([["formats"], 2]);
});

test.each([
  ["empty", Buffer.alloc(0)],
  ["cut", checkpoint.subarray(0, 200)],
  ["of other levels", checkpoint.map((byte, i) => (i === checkpoint.length - 80 ? 1 : byte))],
  ["no snapshot", Buffer.from("version=1\n".repeat(20))],
])("a kept answer that is %s is made again", async (_, bytes) => {
  const { runDirectory, asked, tool, kept } = scene();
  const wanted = { brokers, runDirectory, features: { "transaction.version": 2 } };
  await formatStorage(tool(checkpoint, done), wanted, never);
  const [name = ""] = readdirSync(kept);
  writeFileSync(join(kept, name), bytes);
  expect(await formatStorage(tool(checkpoint, done), wanted, never)).toEqual({ checkpoint, levels });
  expect(asked.length).toBe(2);
});

test.each<[string, Exit, string, string, string]>([
  [
    "refuses a level",
    { code: 1, signal: null },
    'Exception in thread "main" java.lang.IllegalArgumentException: No feature:transaction.version with feature level 2\n\tat org.apache.kafka.X\n\tat kafka.Y',
    "usage",
    'kafka-storage of Kafka 4.1.0 refuses the levels transaction.version 2:\nException in thread "main" java.lang.IllegalArgumentException: No feature:transaction.version with feature level 2',
  ],
  [
    "fails by itself",
    { code: 127, signal: null },
    "sh: java: not found",
    "environment-unavailable",
    "kafka-storage of Kafka 4.1.0 failed (127). The end of its log:\nsh: java: not found",
  ],
  [
    "is killed",
    { code: null, signal: "SIGKILL" },
    "",
    "environment-unavailable",
    "kafka-storage of Kafka 4.1.0 failed (SIGKILL). The end of its log:\n(the log is empty)",
  ],
])("a tool that %s says so, and nothing is kept", async (_, exit, words, code, message) => {
  const { runDirectory, tool, kept } = scene();
  const features = { "transaction.version": 2 };
  await expect(
    formatStorage(tool(null, exit, words), { brokers, features, runDirectory }, never),
  ).rejects.toMatchObject({ code, message });
  expect([existsSync(kept), readdirSync(runDirectory)]).toEqual([false, []]);
});

test("brokers begin with the same checkpoint and each with its own directory", async () => {
  const { runDirectory } = scene();
  const layout = layOut({ brokers, memberSlots: 0 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const ids = new Set<string>();
  for (const node of layout.nodes) {
    const files = brokerFiles(runDirectory, node.id);
    await prepareBroker(files, { layout, node, clusterId: "c", format: { checkpoint, levels }, extra: {} });
    expect(readFileSync(join(files.data, "bootstrap.checkpoint"))).toEqual(checkpoint);
    expect(readFileSync(files.config, "utf8")).toContain(`node.id=${node.nodeId}\n`);
    ids.add(readFileSync(join(files.data, "meta.properties"), "utf8").split("directory.id=")[1] ?? "");
  }
  expect(ids.size).toBe(3);
});
