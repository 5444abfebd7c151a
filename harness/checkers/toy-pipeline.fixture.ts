/**
 * A pipeline small enough to judge by hand, for tests: stage `count` reads `in`, counts inputs per key, writes the count
 * to `out` and the state to `count-log`. An input of value `pair` has two outputs, `drop` has none, `gone` removes the
 * key's state, `bury` counts and writes a tombstone. Format 1 and schema 1 write `<n>`, format 2 writes `n=<n>`, schema 2 writes `<n>!`.
 */
import type { CheckerContext } from "../model/finding.ts";
import type { ExpectedEffect, PipelineDescription, Specification } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { keyIdentity, type RecordKey } from "../model/record-key.ts";

const text = new TextDecoder();

export const toyDescription: PipelineDescription = {
  name: "toy",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: (partitions) => [
    { name: "in", partitions, config: {} },
    { name: "out", partitions, config: {}, partitioning: "free" },
    { name: "count-log", partitions, config: {} },
  ],
  stages: [
    {
      name: "count",
      sources: ["in"],
      group: "toy-count",
      changelog: "count-log",
      sinks: ["out"],
      transactionalId: (partition) => `toy-count-${partition}`,
    },
  ],
  versions: {
    v1: { argv: [], env: {}, image: null, mounts: [], sources: [] },
    v2: { argv: [], env: {}, image: null, mounts: [], sources: [] },
  },
  workload: { stream: "toy", topic: "in", records: () => [] },
  specificationPath: "toy.ts",
  mutants: [],
  points: ["after-send", "before-commit"],
  checkpoint(path) {
    const [, partition] = /^count-(\d+)\/checkpoints\/\d+$/.exec(path) ?? [];
    return partition === undefined ? null : { stage: "count", partition: Number(partition) };
  },
  config: () => ({}),
  activate: null,
};

/** What one input does: shared by the toy's specification and by the hand-written members that it judges. */
export function count(state: Map<string, number>, key: RecordKey | null, value: string): readonly (number | null)[] {
  const own = stateKey(key);
  if (value === "drop") return [];
  if (value === "gone") {
    state.delete(own);
    return [0];
  }
  const n = (state.get(own) ?? 0) + 1;
  state.set(own, n);
  if (value === "bury") return [null];
  return value === "pair" ? [n, n] : [n];
}

/** Under which key of `count-log` the count of an input's key is kept. */
export function stateKey(key: RecordKey | null): string {
  return typeof key === "string" ? key : keyIdentity(key);
}

export function stateText(n: number, schema: string): string {
  if (schema !== "1" && schema !== "2") throw new Error(`There is no schema ${schema}.`);
  return schema === "1" ? String(n) : `${n}!`;
}

export function outputText(n: number | null, format: string): string | null {
  if (format !== "1" && format !== "2") throw new Error(`There is no format ${format}.`);
  if (n === null) return null;
  return format === "1" ? String(n) : `n=${n}`;
}

export function expectedOf(state: Map<string, number>, key: RecordKey | null, value: string): ExpectedEffect {
  const outputs = count(state, key, value);
  const n = state.get(stateKey(key));
  return {
    outputs: outputs.map((result, ordinal) => ({
      ordinal,
      topic: "out",
      key,
      value: (format) => outputText(result, format),
    })),
    changes:
      outputs.length === 0
        ? []
        : [{ key: stateKey(key), state: n === undefined ? null : (schema) => stateText(n, schema) }],
  };
}

export const toySpecification: Specification = {
  stages: {
    count: {
      start: () => {
        const state = new Map<string, number>();
        return { step: ({ key, value }) => expectedOf(state, key, decode(value)) };
      },
      output(value) {
        if (!/^((n=)?\d+|null)$/.test(text.decode(value))) throw new Error("not a count");
        return text.decode(value);
      },
      hasPositionRecords: true,
      changelog(key, value) {
        if (text.decode(key) === "#position") {
          const [next = "", commit = ""] = decode(value).split("/");
          return { kind: "position", nextOffset: Number(next), commit: Number(commit) };
        }
        const state = value === null ? null : text.decode(value);
        if (state !== null && !/^\d+!?$/.test(state)) throw new Error("not a state");
        return { kind: "state", key: text.decode(key), schema: state?.endsWith("!") === true ? "2" : "1", state };
      },
      checkpoint(bytes) {
        const [inputNext, changelogNext, schema, entries = ""] = text.decode(bytes).split("/");
        if (inputNext === undefined || changelogNext === undefined || schema === undefined) throw new Error("torn");
        const pairs = entries.split(",").flatMap((entry): [string, string][] => {
          const [key, state] = entry.split("=");
          return key === undefined || state === undefined ? [] : [[key, state]];
        });
        return {
          inputNext: Number(inputNext),
          changelogNext: Number(changelogNext),
          schema,
          entries: new Map(pairs),
        };
      },
    },
  },
};

function decode(bytes: Uint8Array | null): string {
  return bytes === null ? "" : text.decode(bytes);
}

export function toyPlan(changes: Partial<Plan["scenario"]> = {}, faults: Plan["faults"] = []): Plan {
  return {
    planVersion: 2,
    seed: "7",
    scenario: {
      name: "toy",
      question: "Is each input counted once?",
      pipeline: "toy",
      from: "v1",
      to: "v2",
      profile: "fast",
      members: 2,
      brokers: [{ version: null }],
      workload: {
        inputs: 10,
        partitions: 2,
        keys: 3,
        duplicatesPercent: 0,
        outOfOrderPercent: 0,
        latePercent: 0,
        hotKeysPercent: 0,
        paceMs: 1000,
      },
      upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 0, finalise: false },
      faults: [],
      mutant: null,
      gates: { lagMax: 10, checkpointLagMax: 10, timeoutMs: 10_000 },
      guarantee: "exactly-once",
      exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
      expect: { verdict: "valid", anomalies: [] },
      ...changes,
    },
    mutant: null,
    sends: [],
    program: [],
    faults,
  };
}

export function toyContext(changes: Partial<CheckerContext> = {}): CheckerContext {
  return {
    plan: toyPlan(),
    description: toyDescription,
    specification: toySpecification,
    hostFactor: 1,
    ...changes,
  };
}
