import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startClock } from "../base/clock.ts";
import { openRecorder } from "../history/recorder.ts";
import { offset, partition } from "../model/brand.ts";
import type { LogFrame } from "../model/log.ts";
import { settle } from "./run.ts";

const frame: LogFrame = {
  topic: "payments",
  partition: partition(0),
  highWatermark: offset(0),
  lastStableOffset: offset(0),
  baseOffset: offset(0),
  lastOffset: offset(0),
  transactional: false,
  control: false,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  leaderEpoch: 0,
  count: 0,
  offsets: new Float64Array(0),
  timestamps: new Float64Array(0),
  keyAt: new Int32Array(0),
  valueAt: new Int32Array(0),
  headersAt: new Int32Array(0),
  bytes: new Uint8Array(0),
};

test("a history that cannot be written any more ends the run by its own error, not as a defect", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rollproof-full-"));
  try {
    const recorder = await openRecorder(directory, startClock());
    // A folder where a log's file should be: the write fails as it does on a full disk.
    await mkdir(join(directory, "payments-0.log"));
    const ended = settle(recorder, recorder.failed, async () => {
      recorder.recordFrame(frame);
      recorder.failed.throwIfAborted();
      throw new Error("The recorder did not notice.");
    });
    await expect(ended).rejects.toMatchObject({ name: "RollproofError", code: "history-unwritable" });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
