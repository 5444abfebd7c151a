import { expect, test } from "vitest";
import { diagnose, isAtLeast } from "./doctor.ts";

test("versions are compared as numbers, as far as the minimum goes", () => {
  const pairs = [
    ["1.21", "1.21"],
    ["1.9", "1.21"],
    ["24.21.0", "24"],
    ["20.20.2", "24"],
    ["17", "17.0.1"],
  ] as const;
  expect(pairs.map(([version, minimum]) => isAtLeast(version, minimum))).toEqual([true, false, true, false, false]);
});

test("the diagnosis names every tool, and a remedy for each", async () => {
  const found = await diagnose([]);
  expect(found.flatMap(({ tool }) => (tool.startsWith("image ") ? [] : tool)).toSorted()).toEqual([
    "class-data archive",
    "disk",
    "docker",
    "go",
    "java",
    "kafka",
    "memory",
    "mvn",
    "node",
    "npm",
    "ports",
    "toxiproxy",
  ]);
  expect(found.filter(({ remedy }) => remedy === "")).toEqual([]);
});
