import { expect, test } from "vitest";
import { beginGenerations } from "./generations.ts";
import { beginHandWritten } from "./hand-written.fixture.ts";
import { groupRecord } from "./silent.fixture.ts";

test("each generation of a named group is told once, however often its record is written", () => {
  const written = beginHandWritten();
  const one = ["id-1", "member-1", ["in-0"]] as const;
  written.data("__consumer_offsets-0", [groupRecord("copiers", 1, [one]), groupRecord("copiers", 1, [one])]);
  written.data("__consumer_offsets-0", [groupRecord("others", 7, [one]), groupRecord("copiers", 2, [])]);
  const generations = beginGenerations(new Set(["copiers"]));
  const told = written.items.flatMap((item) => (item.kind === "frame" ? generations.step(item.batch) : []));
  expect(told.map(({ group, generation }) => `${group} ${generation}`)).toEqual(["copiers 1", "copiers 2"]);
});
