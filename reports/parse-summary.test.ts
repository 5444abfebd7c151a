import { expect, test } from "vitest";
import { canonicalJson } from "../harness/base/json.ts";
import { parseSummary } from "./parse-summary.ts";
import { sampleInvalid } from "./sample-runs.fixture.ts";

const text = canonicalJson(sampleInvalid.summary);

test("a summary that was written is read back whole", () => {
  expect(parseSummary(text, "summary.json")).toEqual(sampleInvalid.summary);
});

test("a summary that is cut off, of another version or of another shape is refused with its place", () => {
  const refused = (changed: string): string => {
    try {
      parseSummary(changed, "summary.json");
      return "taken";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  expect(refused(text.slice(0, 100))).toMatch(/^A summary is expected. summary.json:\d+:\d+: /);
  expect(refused(text.replace('"schemaVersion": 2', '"schemaVersion": 3'))).toMatch(
    /^summary.json, at schemaVersion: /,
  );
  expect(refused(text.replace('"proven": true', '"proven": "yes"'))).toMatch(/^summary.json, at faults.0.proven: /);
  expect(refused("[]")).toMatch(/^summary.json, at the whole: /);
});
