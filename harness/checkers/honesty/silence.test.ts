import { expect, test } from "vitest";
import { eventTable, type EventBody, type EventKind } from "../../model/event.ts";
import type { EvidenceBatch } from "../../model/evidence.ts";
import type { Finding } from "../../model/finding.ts";
import type { PlannedFault } from "../../model/plan.ts";
import { findingsOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { everyInvariant, neededEvents } from "./needed-events.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { actPassed, actSettled, rolling } from "../../program/program.fixture.ts";

const fault: PlannedFault = {
  id: "fault-1",
  kind: "pause",
  target: "member-1",
  pick: 0,
  trigger: { kind: "time", atMs: 0 },
  forMs: 1_000,
  params: {},
};
const crash: PlannedFault = { ...fault, id: "fault-2", kind: "crash", target: "coordinator" };
const withFinalise = { ...toyPlan().scenario.upgrade, finalise: true };
const program = rolling(["member-2"], "v2", "format-2");
const plan = {
  ...toyPlan({ upgrade: withFinalise }, [fault, crash]),
  program,
  sends: [{ stream: "toy", count: 1, sha256: "0" }],
};
const description = {
  ...toyDescription,
  activate: { topic: "flags", flag: "format-2" },
  checkpoint: (name: string) => (name.includes("checkpoints/") ? { stage: "count", partition: 0 } : null),
};
const context = { plan, description };
const published = { name: "count-0/checkpoints/1", bytes: 3, sha256: "aa" };

/** A valid run of 13 s with a send, two faults, a step of the upgrade and its end, and everything that is recorded of them. */
function validRun(without: readonly EventKind[] = []): readonly EvidenceBatch[] {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  const [frame] = world.batches.flatMap((batch) => (batch.kind === "log" ? [batch.batch] : []));
  if (frame === undefined) throw new Error("no frame");
  const invoked = world.event({
    kind: "send-invoked",
    stream: "toy",
    topic: "in",
    partition: 0,
    indexes: [[0, 0]],
    count: 1,
  });
  world.batches.push({ kind: "log", batch: { ...frame, topic: "in", offsets: Float64Array.of(0) } });
  const bodies: readonly EventBody[] = [
    { kind: "send-ok", invoked, baseOffset: 0 },
    { kind: "sends-finished", records: 1 },
    { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null },
    { kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: null },
    { kind: "fault-probed-active", fault: "fault-2", active: true, proof: null },
    { kind: "coordinator-ended", incarnation: 1, code: null, signal: "SIGKILL", cause: "fault" },
    { kind: "fault-probed-healed", fault: "fault-2", healed: true, proof: null },
    actSettled(program, "gate of member-2"),
    { kind: "checkpoint-captured", member: "member-1", incarnation: 1, ...published },
    {
      kind: "disk-copied",
      member: "member-1",
      incarnation: 1,
      path: "disk",
      files: 1,
      bytes: 3,
      list: [published],
      left: [],
      leftCount: 0,
    },
    ...actPassed(program, "activate format-2"),
    actSettled(program, "activate format-2"),
  ];
  for (const body of bodies) world.event(body, 1_000);
  const batches = world.finish({}, { plan, without });
  return batches.filter((batch) => batch.kind !== "event" || !without.includes(batch.event.kind));
}

const outcomes = (batches: readonly EvidenceBatch[]): ReadonlyMap<string, Finding> => findingsOf(batches, context);
const kinds = Object.keys(eventTable).filter((kind): kind is EventKind => kind in eventTable);
const needed = kinds.flatMap((kind) => {
  const need = neededEvents[kind];
  return "by" in need ? [[kind, need.by] as const] : [];
});

test("the run that kinds of event are taken from is valid", () => {
  const findings = outcomes(validRun());
  expect(findings.get("HZ1")).toMatchObject({ outcome: "valid", why: null });
  expect([...findings.values()].filter(({ outcome }) => outcome === "unknown")).toEqual([]);
});

test.each(needed)("without any %s nothing that needs it is valid, and HZ1 says what is missing", (kind, by) => {
  const findings = outcomes(validRun([kind]));
  const ids = by.includes(everyInvariant) ? [...findings.keys()] : by;
  for (const id of ids) expect([id, findings.get(id)?.outcome]).not.toEqual([id, "valid"]);
  expect(findings.get("HZ1")?.outcome).toBe("unknown");
  expect([...findings.values()].filter(({ outcome }) => outcome === "invalid")).toEqual([]);
});

test("what is not needed is so for a stated reason, and a run without it is valid", () => {
  for (const kind of kinds) {
    const need = neededEvents[kind];
    if ("by" in need) continue;
    expect(need.irrelevant).toMatch(/^\w.+/u);
    expect([kind, outcomes(validRun([kind])).get("HZ1")?.outcome]).toEqual([kind, "valid"]);
  }
});

/** HZ1's words when the events that `isGone` picks are not there. */
function without(isGone: (event: EventBody & { readonly at: number }) => boolean): string | null | undefined {
  const batches = validRun().filter((batch) => batch.kind !== "event" || !isGone(batch.event));
  return outcomes(batches).get("HZ1")?.why;
}

test("one of many is enough to be missed, and it is named", () => {
  expect(without((event) => event.kind === "offset-fetched" && event.partition === 1)).toBe(
    "The history lacks offset-fetched of toy-count/in-1: run again.",
  );
  expect(without((event) => event.kind === "tail-settled" && event.topic === "__transaction_state")).toBe(
    "The history lacks tail-settled of __transaction_state-0: run again.",
  );
  expect(without((event) => event.kind === "process-started" && event.process === "broker-1")).toBe(
    "The history lacks process-started of broker-1/1: run again.",
  );
  expect(without((event) => event.kind === "disk-copied" && event.member === "member-2")).toBe(
    "The history lacks disk-copied of member-2/1 and 1 more: run again.",
  );
  expect(without((event) => event.kind === "run-phase" && event.phase === "finalise")).toBe(
    "The history lacks run-phase of finalise: run again.",
  );
  expect(without((event) => event.kind === "upgrade-act-began" && event.act === "rejoin of member-2")).toBe(
    "The history lacks upgrade-act-began of rejoin of member-2: run again.",
  );
  expect(without((event) => event.kind === "gauge-lag" && event.partition === 0)).toBe(
    "The history lacks gauge-lag of count-0 at the end of the drain: run again.",
  );
});

test("an act that settled although one of its gates did not let it pass is a gate that was skipped", () => {
  const skipped = (change: (event: EvidenceBatch) => readonly EvidenceBatch[]): string | null | undefined =>
    outcomes(validRun().flatMap(change)).get("HZ1")?.why;
  const isOwners = (batch: EvidenceBatch): boolean =>
    batch.kind === "event" && batch.event.kind === "gate-read" && batch.event.gate === "owners";
  const why = "The history lacks gate-read of owners of rejoin of member-2: run again.";
  expect(skipped((batch) => (isOwners(batch) ? [] : [batch]))).toBe(why);
  expect(
    skipped((batch) =>
      isOwners(batch) && batch.kind === "event" && batch.event.kind === "gate-read"
        ? [{ ...batch, event: { ...batch.event, decision: "pause" } }]
        : [batch],
    ),
  ).toBe(why);
});

test("a stretch without samples of the harness or the host is missed, and a late sample is not", () => {
  for (const kind of ["gauge-loop-delay", "gauge-host"] as const) {
    const gone = (from: number, to: number) =>
      without((event) => event.kind === kind && event.at > from * 1e9 && event.at < to * 1e9);
    expect(gone(1.5, 5.5)).toBe(`The history lacks ${kind} of 1.0 s to 6.0 s: run again.`);
    expect(gone(3.5, 11)).toBe(`The history lacks ${kind} of 3.0 s to 11.0 s: run again.`);
    expect(gone(1.5, 3.5)).toBe(null);
  }
});

test("a host that does not tell its load says so, and that is enough", () => {
  const blind = validRun().map((batch): EvidenceBatch =>
    batch.kind === "event" && batch.event.kind === "gauge-host"
      ? { kind: "event", event: { ...batch.event, foreignCpus: null } }
      : batch,
  );
  expect(outcomes(blind).get("HZ1")?.outcome).toBe("valid");
});

test("a value that is wrong unless another version wrote it convicts only where every start of a process is told", () => {
  const ofV2 = (without: readonly EventKind[]) => {
    const world = new World();
    world.input(0, "a");
    const { parts } = world.begin(0).end("committed");
    const records = parts.find(({ topic }) => topic === "out")?.records;
    if (records === undefined) throw new Error("no outputs");
    records.writer.fill(-1);
    records.bytes.fill(0x39, records.valueAt[0] ?? 0); // 9, which no version writes
    return findingsOf(world.finish({}, { without })).get("EO4");
  };
  expect(ofV2([])?.outcome).toBe("invalid");
  expect(ofV2(["process-started"])).toMatchObject({
    outcome: "unknown",
    why: "1 suspected anomalies rest on evidence that is missing (process-started): see HZ1.",
  });
});

test("a tail that never named a topic of the pipeline read none of it", () => {
  const batches = validRun().map((batch): EvidenceBatch =>
    batch.kind === "event" && batch.event.kind === "tail-started"
      ? {
          kind: "event",
          event: { ...batch.event, partitions: batch.event.partitions.filter((log) => log !== "out-1") },
        }
      : batch,
  );
  const findings = outcomes(batches);
  expect(findings.get("HZ1")?.why).toBe("The history lacks tail-started of out-1: run again.");
  expect(findings.get("EO1")).toMatchObject({
    outcome: "unknown",
    why: "Evidence is missing (tail-started): see HZ1.",
  });
});
