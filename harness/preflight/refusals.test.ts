import { describe, expect, test } from "vitest";
import { formatKinds } from "../model/formats.ts";
import { refusals, type Roll } from "./refusals.ts";
import type { Declared } from "./standing.ts";
import { use } from "./toy-formats.fixture.ts";
import { refusalTexts } from "./words.ts";

const mixed: Roll = { to: "v2", isMixed: true, flag: null };
const allAtOnce: Roll = { ...mixed, isMixed: false };

test("versions that declare nothing, or of which one is silent about a kind, are not refused", () => {
  const cannot = { v1: { state: use("1", "1") }, v2: { state: use("2", "2") } };
  expect(refusals({}, "v1", mixed)).toEqual([]);
  expect(refusals({ v1: cannot.v1 }, "v1", mixed)).toEqual([]);
  expect(refusals({ v2: cannot.v2 }, "v1", mixed)).toEqual([]);
  expect(refusals({ v1: cannot.v1, v2: { output: use("2", "2") } }, "v1", mixed)).toEqual([]);
});

describe.each(formatKinds)("of kind %s", (kind) => {
  const declared = (old: readonly [string, string], next: readonly [string, string]): Declared => ({
    v1: { [kind]: use(...old) },
    v2: { [kind]: use(...next) },
  });
  const cells = (of: Declared, roll = mixed) =>
    refusals(of, "v1", roll).map((cell) =>
      cell.kind === "flags" ? cell : [cell.kind, cell.writer, cell.format, cell.reader, cell.when],
    );

  test("what the new version finds has to be read by it", () => {
    expect(cells(declared(["1", "1 2"], ["2", "2"]))).toEqual([[kind, "v1", "1", "v2", "found"]]);
    expect(cells(declared(["1", "1 2"], ["2", "2"]), allAtOnce)).toEqual([[kind, "v1", "1", "v2", "found"]]);
  });

  test("what it writes before finalise has to be read by the old one, where that meets it", () => {
    const eager = declared(["1", "1"], ["2", "1 2"]);
    expect(cells(eager)).toEqual([[kind, "v2", "2", "v1", "meanwhile"]]);
    // Readers downstream are there whatever the strategy.
    expect(cells(eager, allAtOnce)).toEqual(kind === "output" ? [[kind, "v2", "2", "v1", "meanwhile"]] : []);
  });

  test("what it writes after finalise no old member meets", () => {
    expect(cells(declared(["1", "1"], ["1 → 2", "1 2"]))).toEqual([]);
  });
});

test("the flag that finalise activates has to be known by a version that declares its flags", () => {
  const roll = { ...mixed, flag: "format-2" };
  expect(refusals({ v2: {} }, "v1", roll)).toEqual([]);
  expect(refusals({ v2: { flags: ["format-2"] } }, "v1", roll)).toEqual([]);
  expect(refusals({ v2: { flags: ["format-3"] } }, "v1", { ...roll, flag: null })).toEqual([]);
  expect(refusals({ v2: { flags: ["format-3"] } }, "v1", roll)).toEqual([
    { kind: "flags", flag: "format-2", version: "v2", knows: ["format-3"] },
  ]);
});

describe("the words name the cell, its declaration and what to do", () => {
  test("no version in between is declared", () => {
    const at = { declaredAt: "pipelines/toy/pipeline.yaml:30:14" };
    expect(refusalTexts({ v1: { state: use("1", "1") }, v2: { state: use("2", "2", at) } }, "v1", mixed)).toEqual([
      "v1 writes state in format 1, which v2 cannot read (reads 2; pipelines/toy/pipeline.yaml:30:14)",
      "v2 writes state in format 2 before finalise, which v1 cannot read (reads 1; formats.v1.state of the description). " +
        "No path by other versions is declared: release a version between them that reads both formats and writes the old one",
    ]);
  });

  test("only the old version's members are in the way", () => {
    const eager = { v1: { checkpoint: use("1", "1") }, v2: { checkpoint: use("2", "1 2") } };
    expect(refusalTexts(eager, "v1", mixed).join()).toContain("or use the strategy recreate without a way back");
    expect(refusalTexts(eager, "v1", allAtOnce)).toEqual([]);
  });

  test("of outputs, it is the readers downstream that cannot read", () => {
    expect(refusalTexts({ v1: { output: use("1", "1") }, v2: { output: use("2", "1 2") } }, "v1", mixed)[0]).toContain(
      "which the readers downstream of v1 cannot read",
    );
  });

  test("only the flag is unknown", () => {
    expect(refusalTexts({ v2: { flags: [] } }, "v1", { ...mixed, flag: "format-2" })).toEqual([
      "finalise activates format-2, which v2 does not know (it knows none). Declare the flag if v2 knows it, or set upgrade.finalise to false",
    ]);
  });
});
