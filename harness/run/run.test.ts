import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { beginClock } from "../base/clock.ts";
import { openRecorder } from "../history/recorder.ts";
import { offset, partition } from "../model/brand.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { LogFrame } from "../model/log.ts";
import { RollproofError } from "../base/errors.ts";
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
    const recorder = await openRecorder(directory, beginClock());
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

test("a defect is told although the taking down after it fails, too", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rollproof-defect-"));
  try {
    const recorder = await openRecorder(directory, beginClock());
    const defect = new TypeError("of ours");
    const after = new RollproofError("environment-unavailable", "No packets are dropped.", { remedy: "Look." });
    const ended = settle(recorder, new AbortController().signal, () =>
      Promise.reject(new SuppressedError(after, defect)),
    );
    await expect(ended).rejects.toBe(defect);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("an environment that fails ends the run as interrupted: that is no defect", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rollproof-gone-"));
  try {
    const recorder = await openRecorder(directory, beginClock());
    const events: HistoryEvent[] = [];
    recorder.subscribe((event) => void events.push(event));
    const gone = new RollproofError("environment-unavailable", "The daemon is gone.", { remedy: "Start it." });
    expect(await settle(recorder, new AbortController().signal, () => Promise.reject(gone))).toBe(gone);
    expect(events).toMatchObject([{ kind: "interrupted", why: "The daemon is gone." }, { kind: "run-ended" }]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
