import { expect } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { branching } from "../audit/branching.fixture.ts";
import type { Scenario } from "../model/scenario.ts";
import { threeReleases } from "../preflight/toy-formats.fixture.ts";
import { reference } from "../pipeline/reference.ts";
import type { Catalogues, FaultEntry } from "./catalogues.ts";
import { parseScenario } from "./parse.ts";

const fault = (kind: string, takes: FaultEntry["takes"], properties: Readonly<Record<string, string>>): FaultEntry => ({
  kind,
  takes,
  asksControlPort: kind === "clock-skew",
  paramsSchema: { properties: Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, { type }])) },
  parseParams: (params) => {
    const given = Object.entries(params ?? {});
    if (given.some(([name, value]) => name !== "seed" && typeof value === "number" && value > 1_000))
      throw new Error("at most 1000");
    return Object.fromEntries(given);
  },
  needs: () => [],
});
const faults = [
  fault("crash", "process", {}),
  fault("pause", "process", {}),
  fault("clock-skew", "process", {}),
  fault("hold", "link", { direction: "string" }),
  fault("delay", "link", { latencyMs: "integer" }),
  fault("jitter", "link", { everyMs: "integer", seed: "integer" }),
];
/** Three versions, of which the third no longer reads what the first writes. */
const releases = {
  versions: {
    ...reference.versions,
    ...Object.fromEntries(Object.entries(reference.versions).map(([, one]) => ["v3", one])),
  },
  formats: threeReleases,
};
const catalogues: Catalogues = {
  faults: new Map(faults.map((one) => [one.kind, one])),
  pipelines: new Map([
    ["reference", reference],
    ["silent", { ...reference, name: "silent", speaks: false }],
    ["releases", { ...reference, name: "releases", ...releases }],
    ["branching", { ...branching, versions: reference.versions }],
  ]),
  invariants: ["EO1", "EO2", "CK4"],
};
/** A scenario of this text. */
export const parse = (text: string): Scenario => parseScenario(text, { ...catalogues, file: "scenarios/try.yaml" });
/** The problems of a text, each without the file's name: `line:column: message`. */
export const problems = (text: string): readonly string[] => {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof RollproofError)) throw error;
    expect(error.code).toBe("scenario-invalid");
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.replace("  scenarios/try.yaml:", ""));
  }
};
/** The keys without a default. */
export const head = "question: Does it hold?\npipeline: reference\nfrom: v1\nto: v2\n";
