import { expect, test } from "vitest";
import { specification } from "../../reference-pipeline/specification.ts";
import { profiles } from "../model/profile.ts";
import type { Specification } from "../model/pipeline.ts";
import { reference } from "./reference.ts";

test("the specification is one that the model knows, with a stage for each of the description's", () => {
  const known: Specification = specification;
  expect(Object.keys(known.stages)).toEqual(reference.stages.map(({ name }) => name));
});

test("every topic that a stage names is created, and each stage's sink is the next one's source", () => {
  const created = reference.topics(6).map(({ name, partitions }) => [name, partitions]);
  expect(created).toEqual([
    ["payments", 6],
    ["by-merchant", 6],
    ["settlements", 6],
    ["velocity-changelog", 6],
    ["settlement-changelog", 6],
    ["reference.flags", 1],
  ]);
  expect(reference.stages.map(({ sources, sinks, changelog }) => [sources[0], sinks, changelog])).toEqual([
    ["payments", ["by-merchant"], "velocity-changelog"],
    ["by-merchant", ["settlements"], "settlement-changelog"],
  ]);
});

test("only a task's numbered files below checkpoints/ are checkpoints", () => {
  const paths = [
    "settlement-11/checkpoints/40",
    "settlement-11/checkpoints/40.tmp",
    "settlement-11/store",
    "velocity-0/CLEAN",
    "other-0/checkpoints/1",
    "x/velocity-0/checkpoints/1",
  ];
  expect(paths.map((path) => reference.checkpoint?.(path) ?? null)).toEqual([
    { stage: "settlement", partition: 11 },
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("a member's configuration names its timings, partitions and planted bug", () => {
  expect(reference.config(profiles.fast, 6, "off-by-one")).toEqual({
    timings: profiles.fast,
    partitions: 6,
    mutant: "off-by-one",
    checkpointEvery: 5,
    maxPerTransaction: 300,
  });
});

test("the formats that wait for the flag are those that the versions declare to", () => {
  const declared = Object.values(reference.formats ?? {}).flatMap((formats) =>
    formats === undefined ? [] : [formats],
  );
  const written = (kind: "output" | "repartition" | "state") =>
    new Set(declared.flatMap((one) => one[kind]?.writes ?? []));
  const later = (kind: "output" | "repartition" | "state") =>
    new Set(declared.flatMap((one) => one[kind]?.afterFinalise ?? []));
  const gated = reference.activate?.formats;
  for (const kind of ["output", "repartition"] as const) {
    expect(written(kind)).toEqual(new Set(gated?.outputs.before));
    expect(later(kind)).toEqual(new Set(gated?.outputs.after));
  }
  expect(written("state")).toEqual(new Set(gated?.states.before));
  expect(later("state")).toEqual(new Set(gated?.states.after));
  expect(declared.flatMap(({ flags = [] }) => flags)).toEqual([reference.activate?.flag]);
  expect(Object.keys(reference.formats ?? {})).toEqual(Object.keys(reference.versions));
});
