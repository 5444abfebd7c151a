import { expect, test } from "vitest";
import { Scratch, clock } from "../history/recorded.fixture.ts";
import { openRecorder } from "../history/recorder.ts";
import { timeStep } from "./steps.fixture.ts";
import { writeLongPayments } from "./long-payments.fixture.ts";

test("a generated history of payments is a correct one: what is timed is judged, and found valid", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  const { records } = writeLongPayments(recorder, 5_000);
  await recorder.close();
  const judged = await timeStep("judge:", scratch.history);
  const [valid = ""] = judged.said.split(", ");
  expect(judged.records).toBe(records);
  // What needs events of a run is unknown here.
  expect(valid.split(" ")).toEqual(
    expect.arrayContaining("valid EO1 EO2 EO3 EO4 OR1 TX1 TX2 TX3 OF1 OF2 OF3 CK3 CK4 ST1 FE1".split(" ")),
  );
  expect(judged.said).not.toMatch(/invalid/);
});
