import { expect, test } from "vitest";
import { strategyOf } from "../mutants/catalogue.ts";
import { v1 } from "../versions/v1.ts";
import { v2 } from "../versions/v2.ts";
import type { Version } from "../core/version.ts";
import { answerTo } from "./read.ts";
import { samplesOf } from "./write.ts";

const misread = (writer: Version, reader: Version): readonly string[] =>
  samplesOf(writer)
    .filter((sample) => {
      const answer = answerTo(reader, sample);
      return !("says" in answer && answer.says === sample.says);
    })
    .map(({ kind, name }) => `${kind}: ${name}`);

test("either version reads every sample of either, with one meaning", () => {
  for (const writer of [v1, v2]) for (const reader of [v1, v2]) expect(misread(writer, reader)).toEqual([]);
});

test("there are samples of each kind, of both stages, and of what waits for the flag", () => {
  const kinds = (version: Version) =>
    new Set(samplesOf(version).map(({ kind, format, stage, finalised }) => `${kind} ${format} ${stage} ${finalised}`));
  expect(kinds(v2)).toEqual(
    new Set([
      "state 2 velocity false",
      "changelog 1 velocity false",
      "repartition 1 settlement false",
      "repartition 2 settlement true",
      "checkpoint 1 velocity false",
      "state 2 settlement false",
      "changelog 1 settlement false",
      "checkpoint 1 settlement false",
    ]),
  );
  expect([...kinds(v1)].filter((one) => one.includes("repartition"))).toEqual(["repartition 1 settlement false"]);
});

test("a release that changed its bytes in silence misreads the old one's states and checkpoints", () => {
  const silent = strategyOf("silent-format-change")?.version(v2) ?? v2;
  const kinds = new Set(misread(v1, silent).map((one) => one.split(":")[0]));
  expect(kinds).toEqual(new Set(["state", "checkpoint"]));
});

test("bytes that are cut are refused, not read as something else", () => {
  for (const sample of samplesOf(v1)) {
    const bytes = Buffer.from(sample.bytes, "base64");
    const cut = { ...sample, bytes: bytes.subarray(0, bytes.length - 1).toString("base64") };
    expect(answerTo(v2, cut), sample.name).toHaveProperty("refuses");
  }
});
