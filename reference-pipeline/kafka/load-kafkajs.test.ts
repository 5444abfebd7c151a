import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const run = (code: string): string =>
  execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: import.meta.dirname,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
/** Runs in a process of its own, since kafkajs is loaded once per process; prints what its Batch lets through. */
const probe = (prelude: string, filter: string): string =>
  run(`
    import { createRequire } from "node:module";
    import { loadKafkajs } from "./load-kafkajs.ts";
    const load = createRequire(import.meta.url);
    ${prelude}
    try {
      loadKafkajs(${JSON.stringify(filter)});
    } catch (error) {
      console.log(error.message);
      process.exit(0);
    }
    const Batch = load("kafkajs/src/consumer/batch");
    const message = (offset, producerId) => ({ offset, key: Buffer.from("k"), isControlRecord: false, batchContext: { producerId, inTransaction: true } });
    const batch = new Batch("t", "0", {
      partition: 0, highWatermark: "2", messages: [message("0", "A"), message("1", "B")],
      abortedTransactions: [{ producerId: "B", firstOffset: "1" }, { producerId: "A", firstOffset: "0" }],
    });
    console.log(JSON.stringify(batch.messages.map(({ offset }) => offset)));
  `);

test("kafkajs's batches go through our filter", () => {
  expect(probe("", "exact")).toBe("[]");
});

test("M46 leaky-abort-filter: kafkajs's own filter hands out an aborted record", () => {
  expect(probe("", "kafkajs's own")).toBe('["0"]');
});

test("a kafkajs that was loaded before the driver is refused loudly", () => {
  expect(probe('load("kafkajs");', "exact")).toMatch(/something loaded it before the driver did/);
});
