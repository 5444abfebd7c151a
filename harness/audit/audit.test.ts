import { expect, test } from "vitest";
import { keyText, type EvidenceBatch } from "../model/evidence.ts";
import type { Specification } from "../model/pipeline.ts";
import { beginAudit } from "./audit.ts";
import { a, audited, b, end, keys } from "./audited.fixture.ts";
import { beginHandWritten, twoStages } from "./hand-written.fixture.ts";

test("source batches hold committed records in offset order; aborted ones come apart; open ones hold back", () => {
  const written = beginHandWritten();
  written.data("mid-0", keys("a1"), a);
  written.data("mid-0", keys("b1"), b);
  written.data("mid-0", keys("plain"));
  end(written, "two-0", b, ["mid-0"], "abort");
  const before = audited(written).live.filter(({ kind }) => kind.endsWith("source"));
  expect(before).toEqual([]);
  end(written, "one-0", a, ["mid-0"]);
  const seen = audited(written).live.flatMap((batch) =>
    batch.kind === "source" || batch.kind === "aborted-source"
      ? [`${batch.kind} ${batch.stage}-${batch.partition} ${keyText(batch.records, 0)}`]
      : [],
  );
  expect(seen).toEqual(["source two-0 a1", "aborted-source two-0 b1", "source two-0 plain"]);
});

test("a transaction waits for the source records that it names, and for no bogus ones beyond the end", () => {
  const written = beginHandWritten();
  const headers = { "rp-source": "in-1@1#0", "rp-writer": "member-2/3/v2/1" };
  written.data("mid-0", [{ key: "x", headers }], a);
  end(written, "one-0", a, ["mid-0"]);
  written.data("mid-1", [{ key: "y", headers: { "rp-source": "in-0@999#0" } }], b);
  end(written, "one-1", b, ["mid-1"]);
  written.data("in-1", keys("i0", "i1"));
  const { batches, live } = audited(written);
  const order = (of: readonly EvidenceBatch[]): readonly string[] =>
    of.flatMap((batch) => {
      if (batch.kind === "source" && batch.stage === "one") return ["source"];
      return batch.kind === "transaction" ? [batch.transaction.transactionalId] : [];
    });
  expect(order(live)).toEqual(["source", "one-0"]);
  expect(order(batches)).toEqual(["source", "one-0", "one-1"]);
});

test("the headers rp-source and rp-writer become columns; what is not of their form is not readable", () => {
  const written = beginHandWritten();
  const sources = ["by-x-0@12#3", "in-1@0#0", "in-1@#0", "in@1#0", "-1@1#0", "in-1@1234567890123456#0", "#", ""];
  written.data("out-0", [
    ...sources.map((source) => ({ headers: { "rp-source": source, other: null } })),
    { headers: { "rp-writer": "m/1/v1/1" } },
    { headers: { "rp-writer": "m/x/v1/1" } },
    { headers: { "rp-writer": "m/1/v1" } },
  ]);
  const [plain] = audited(written).live.filter((batch) => batch.kind === "plain-records");
  if (plain === undefined) throw new Error("no plain records");
  const { records } = plain;
  const cause = (i: number): unknown[] => [
    records.causeTopics[records.causeTopic[i] ?? -1],
    records.causePartition[i],
    records.causeOffset[i],
    records.ordinal[i],
  ];
  expect(sources.map((_, i) => cause(i))).toEqual([
    ["by-x", 0, 12, 3],
    ["in", 1, 0, 0],
    ...Array.from({ length: 6 }, () => [undefined, -1, -1, -1]),
  ]);
  expect([...records.writer.subarray(sources.length)]).toEqual([0, -1, -1]);
  expect(records.writers).toEqual([{ member: "m", incarnation: 1, version: "v1", format: "1" }]);
});

test("the specification's answers go with the source; one that throws is a failure from there on, not a crash", () => {
  const specification: Specification = {
    stages: {
      one: {
        start: () => {
          let n = 0;
          return {
            step() {
              n += 1;
              if (n > 1) throw new Error("cannot");
              return { outputs: [], changes: [{ key: `n${n}`, state: null }] };
            },
          };
        },
        output: () => "",
        changelog: () => ({ kind: "position", nextOffset: 0, commit: 0 }),
        checkpoint: () => ({ inputNext: 0, changelogNext: 0, schema: "1", entries: new Map() }),
      },
    },
  };
  const written = beginHandWritten();
  written.data("in-0", keys("i0"));
  written.data("in-0", keys("i1"));
  written.data("in-0", keys("i2"));
  written.data("mid-0", keys("m0"));
  const seen = audited(written, specification).live.flatMap((batch) =>
    batch.kind === "source" ? [[batch.expected, batch.failure?.split("\n")[0]]] : [],
  );
  const threw = [null, "The specification threw at in-0@1: Error: cannot"];
  expect(seen).toEqual([
    [[{ outputs: [], changes: [{ key: "n1", state: null }] }], undefined],
    threw,
    threw,
    [null, "The specification has no stage two."],
  ]);
});

test("jumps in any log, tail gaps, damaged files and unfollowed partitions are gaps; what the broker compacted is not", () => {
  const written = beginHandWritten();
  written.event({ kind: "tail-started", partitions: ["in-0", "log-0", "__transaction_state-0"] });
  for (const place of ["in-0", "log-0"] as const) {
    written.data(place, keys("x"));
    written.skip(place, 3);
    written.data(place, keys("y"));
  }
  written.event({ kind: "tail-compacted", topic: "log", partition: 1, from: 0, to: 5 });
  written.skip("log-1", 5);
  written.data("log-1", keys("x"));
  written.event({ kind: "tail-gap", topic: "in", partition: 1, from: 4, to: 6 });
  end(written, "one-0", a, ["elsewhere-0", "mid-1"]);
  const audit = beginAudit({ description: twoStages, specification: null, partitions: 2 });
  for (const item of written.items) audit.step(item);
  const lost = { topic: "out", partition: 1, from: 8, to: 11 };
  const problems = [{ file: "out-1.log", byte: 70, what: "A frame is bad.", lost }];
  const last = audit.finish({ complete: false, problems }).at(-1);
  if (last?.kind !== "end") throw new Error("no end");
  expect(last.end.complete).toBe(false);
  expect(last.end.gaps).toEqual([
    { what: "the history misses records", topic: "in", partition: 0, from: 1, to: 4 },
    { what: "the history misses records", topic: "log", partition: 0, from: 1, to: 4 },
    { what: "the tail missed records", topic: "in", partition: 1, from: 4, to: 6 },
    {
      what: "transactions write to mid, which the tail does not follow",
      topic: "mid",
      partition: null,
      from: null,
      to: null,
    },
    { what: "history file out-1.log, byte 70: A frame is bad.", topic: "out", partition: 1, from: 8, to: 11 },
  ]);
});

test("a log whose first record is not at offset 0 lacks its beginning", () => {
  const written = beginHandWritten();
  written.skip("in-0", 2);
  written.data("in-0", keys("x"));
  written.skip("log-0", 2);
  written.data("log-0", keys("y"));
  const last = audited(written).batches.at(-1);
  if (last?.kind !== "end") throw new Error("no end");
  const missing = { what: "the history misses records", partition: 0, from: 0, to: 2 };
  expect(last.end.gaps).toEqual([
    { ...missing, topic: "in" },
    { ...missing, topic: "log" },
  ]);
  expect(last.end.partitions.map(({ topic, firstOffset }) => [topic, firstOffset])).toEqual([
    ["in", 2],
    ["log", 2],
  ]);
});

test("an empty history has an end and nothing else", () => {
  expect(audited(beginHandWritten()).batches.map(({ kind }) => kind)).toEqual(["end"]);
});
