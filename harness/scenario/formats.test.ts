import { expect, test } from "vitest";
import { head, parse, problems } from "./parsed.fixture.ts";

const releases = (from: string, to: string) =>
  `question: Does it hold?\npipeline: releases\nfrom: ${from}\nto: ${to}\n`;

test("two bounces in one are refused where the version stands, with the way by the version between", () => {
  expect(problems(releases("v1", "v3"))).toEqual([
    "4:5: v1 writes repartition in format 1, which v3 cannot read (reads 2; formats.v3.repartition of the description)",
    "4:5: v3 writes repartition in format 2 before finalise, which v1 cannot read (reads 1; formats.v1.repartition of the description). Upgrade in 2 rolls: v1 → v2, finalise, v2 → v3",
  ]);
});

test("each of the two bounces is accepted", () => {
  expect(problems(releases("v1", "v2"))).toEqual([]);
});

test("members that are all replaced together never meet each other's formats, unless they may go back", () => {
  const recreated = (line: string) =>
    problems(`${releases("v1", "v3")}upgrade: ${line}\n`).map((one) => one.slice(0, 60));
  expect(recreated("{ strategy: recreate }")).toHaveLength(1);
  expect(recreated("{ strategy: recreate, on-gate-timeout: roll-back }")).toHaveLength(2);
});

test("a flag that finalise activates has to be known by the version that the upgrade leads to", () => {
  const down = head.replace("from: v1\nto: v2", "from: v2\nto: v1");
  expect(problems(down)).toEqual([
    "4:5: finalise activates output-format-2, which v1 does not know (it knows none). Declare the flag if v1 knows it, or set upgrade.finalise to false",
  ]);
  expect(parse(`${down}upgrade: { finalise: false }\n`)).toMatchObject({ from: "v2", to: "v1" });
});
