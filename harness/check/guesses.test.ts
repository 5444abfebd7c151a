/** Where outputs name no cause, what only one of several explanations makes wrong accuses nobody. */
import { expect, test } from "vitest";
import { beginHandWritten, status, type HandWritten } from "../audit/hand-written.fixture.ts";
import { copying, silent } from "../audit/silent.fixture.ts";
import { judged } from "./toy-history.fixture.ts";

const by = { pid: 7, epoch: 0 };

/** `u v` is two records of one key, in this order. */
function records(values: string) {
  return values.split(" ").map((value) => ({ key: "k", value }));
}

function begun(inputs: readonly [string, string]): HandWritten {
  const history = beginHandWritten();
  history.event({ kind: "process-started", process: "member-1", incarnation: 1, version: "v1", pid: 1, sha256: "0" });
  for (const [partition, values] of inputs.entries())
    if (values !== "") history.data(`in-${partition === 0 ? 0 : 1}`, records(values));
  return history;
}

/** One transaction with these outputs, and the next offset of each partition. */
function transact(history: HandWritten, outputs: string, next: Readonly<Record<number, number>>): void {
  const places = ["out-0", "__consumer_offsets-0"] as const;
  history.state("id", by, status.ongoing, places);
  history.data("out-0", records(outputs), by);
  for (const [partition, offset] of Object.entries(next))
    history.commit({ group: "copiers", topic: "in", partition: Number(partition) }, offset, by);
  history.state("id", by, status.prepareCommit, places);
  for (const place of places) history.marker(place, by, "commit");
  history.state("id", by, status.completeCommit);
}

function findings(history: HandWritten) {
  history.settle();
  const found = judged(history.items, { context: { description: silent, specification: copying } });
  return (id: string) => {
    const { outcome, why, anomalies } = found.get(id) ?? { outcome: "none", why: null, anomalies: [] };
    return [outcome, anomalies[0]?.sentence ?? why];
  };
}

test("an order that exists is found: two equal records of two partitions, in any order of their copies", () => {
  for (const outputs of ["v u v", "u v v"]) {
    const history = begun(["u v", "v"]);
    transact(history, outputs, { 0: 2, 1: 1 });
    const of = findings(history);
    for (const id of ["EO1", "EO2", "EO3", "EO4", "OR1", "OF2", "CK3"]) expect([id, of(id)[0]]).toEqual([id, "valid"]);
  }
});

test("an order that goes back whatever explains it is OR1", () => {
  const history = begun(["u w v", "v"]);
  transact(history, "w u v v", { 0: 3, 1: 1 });
  expect(findings(history)("OR1")).toEqual(["invalid", expect.stringMatching(/^Outputs of key k from in-0 go back/)]);
});

test("a pair that goes back only by the choice made leaves a doubt that names the choice", () => {
  const history = begun(["v u v", ""]);
  transact(history, "u v v", { 0: 3 });
  expect(findings(history)("OR1")).toEqual([
    "unknown",
    expect.stringMatching(/rest on a cause that is one of several: r:out-0@1 answers r:in-0@0 or r:in-0@2/),
  ]);
});

test("a copy too many of equal records is EO1, which names both; CK3 says nothing that may be false", () => {
  const history = begun(["v v v", ""]);
  transact(history, "v v v", { 0: 2 });
  transact(history, "v", { 0: 3 });
  const of = findings(history);
  expect(of("EO1")).toEqual([
    "invalid",
    "An output is committed more often than records ask for it: in-0@2 or r:in-0@0 is answered twice.",
  ]);
  expect(of("CK3")[0]).toBe("unknown");
});

test("a transaction that commits no offset is CK3 also where two records of one partition explain its outputs", () => {
  for (const [inputs, outcome] of [
    [["v v", ""], "invalid"],
    [["v", "v"], "unknown"],
  ] as const) {
    const history = begun(inputs);
    transact(history, "v", {});
    expect(findings(history)("CK3")[0]).toBe(outcome);
  }
});

test("a copy too few of equal records is EO2", () => {
  const history = begun(["v v", ""]);
  transact(history, "v", { 0: 2 });
  expect(findings(history)("EO2")[0]).toBe("invalid");
});

test("a wrong value is EO4, which names every record that it may answer", () => {
  const history = begun(["u v", ""]);
  transact(history, "x v", { 0: 2 });
  expect(findings(history)("EO4")).toEqual([
    "invalid",
    "The output of in-0@0 (or of r:in-0@1) is not what the specification says.",
  ]);
});

/** A send of `count` records, acknowledged from `baseOffset` on. */
function acknowledged(history: HandWritten, partition: number, baseOffset: number, count: number): void {
  const invoked = history.items.length;
  history.event({ kind: "send-invoked", stream: "s", topic: "in", partition, count, indexes: [[0, count - 1]] });
  history.event({ kind: "send-ok", invoked, baseOffset });
}

test("while a record that a broker acknowledged is missing from a source, nobody is accused by what it may explain", () => {
  for (const [inputs, outputs, next] of [
    // The lost v was answered, too: it looks like a copy too many.
    [["v", ""], "v v", { 0: 2 }],
    // Read in the right order, with the lost one in between.
    [["u w", ""], "w u v", { 0: 3 }],
    // Its owner commits behind it: beyond the log, for who did not know.
    [["u", ""], "u", { 0: 2 }],
  ] as const) {
    const lawful = begun(inputs);
    transact(lawful, outputs, next);
    const of = findings(lawful);
    const convicted = ["EO1", "OR1", "CK3", "EO3"].filter((id) => of(id)[0] === "invalid");
    expect(convicted, outputs).not.toEqual([]);

    const history = begun(inputs);
    acknowledged(history, 0, 0, inputs[0].split(" ").length + 1);
    transact(history, outputs, next);
    const spared = findings(history);
    for (const id of convicted)
      expect([id, ...spared(id)]).toEqual([
        id,
        "unknown",
        expect.stringMatching(/a record that a broker acknowledged is missing/),
      ]);
  }
});
