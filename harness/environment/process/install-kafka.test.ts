import { afterEach, expect, test } from "vitest";
import { installKafka } from "./install-kafka.ts";

/** Of a line that is supported, and never published: whatever this machine has installed, this is not there. */
const missing = "3.9.99";
const path = process.env["PATH"];

afterEach(() => {
  process.env["PATH"] = path;
});

test("a version that cannot be installed ends with the installer's own words and the command to try", async () => {
  process.env["PATH"] = "/nowhere";
  await expect(installKafka([missing], AbortSignal.timeout(20_000))).rejects.toMatchObject({
    code: "tool-missing",
    message: expect.stringContaining(
      "Kafka 3.9.99 could not be installed (exit 69): rollproof: mvn is not on the PATH.",
    ),
    remedy: "Run `node harness/bootstrap/main.mjs --kafka 3.9.99` and read what it says.",
  });
});

test("an installation that is no longer wanted is not waited for", async () => {
  const over = new AbortController();
  const installing = installKafka([missing], over.signal);
  over.abort(new Error("no longer wanted"));
  await expect(installing).rejects.toThrow("no longer wanted");
});

test("a version of no supported line is refused before anything is started", async () => {
  await expect(installKafka(["4.1.1; touch x"], AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: "usage" });
});
