/** A store cache writes only the last output of a key before a commit: lawful where the specification says so, and nowhere else. */
import { expect, test } from "vitest";
import { beginHandWritten, status, type HandWritten } from "../audit/hand-written.fixture.ts";
import { copying, silent } from "../audit/silent.fixture.ts";
import type { Specification, StageSpecification } from "../model/pipeline.ts";
import { judged } from "./toy-history.fixture.ts";

const by = { pid: 7, epoch: 0 };

function stageOf({ stages }: Specification): StageSpecification {
  const { copy } = stages;
  if (copy === undefined) throw new Error("no stage");
  return copy;
}

/** `copying`, whose outputs may be superseded. */
const cached: Specification = {
  stages: {
    copy: {
      ...stageOf(copying),
      start(partition) {
        const fold = stageOf(copying).start(partition);
        return {
          step(record) {
            const { outputs, changes } = fold.step(record);
            return { outputs: outputs.map((output) => ({ ...output, mayBeSuperseded: true })), changes };
          },
        };
      },
    },
  },
};

type Pair = readonly [key: string, value: string];

interface Commit {
  readonly outputs: readonly Pair[];
  readonly next: number;
}

function written(inputs: readonly Pair[], commits: readonly Commit[]): HandWritten {
  const history = beginHandWritten();
  history.event({ kind: "process-started", process: "member-1", incarnation: 1, version: "v1", pid: 1, sha256: "0" });
  history.data(
    "in-0",
    inputs.map(([key, value]) => ({ key, value })),
  );
  for (const { outputs, next } of commits) {
    const places = (["out-0", "__consumer_offsets-0"] as const).slice(outputs.length === 0 ? 1 : 0);
    history.state("id", by, status.ongoing, places);
    if (outputs.length > 0)
      history.data(
        "out-0",
        outputs.map(([key, value]) => ({ key, value })),
        by,
      );
    history.commit({ group: "copiers", topic: "in", partition: 0 }, next, by);
    history.state("id", by, status.prepareCommit, places);
    for (const place of places) history.marker(place, by, "commit");
    history.state("id", by, status.completeCommit);
  }
  history.settle();
  return history;
}

function invalidOnes(history: HandWritten, specification: Specification): readonly string[] {
  const found = judged(history.items, { context: { description: silent, specification } });
  return [...found.values()].filter(({ outcome }) => outcome === "invalid").map(({ invariant }) => invariant);
}

const inputs: readonly Pair[] = [
  ["k", "a"],
  ["l", "a"],
  ["k", "b"],
  ["k", "c"],
];

test("the last output of each key stands for those before it in the same commit", () => {
  const history = written(inputs, [
    {
      outputs: [
        ["l", "a"],
        ["k", "c"],
      ],
      next: 4,
    },
  ]);
  expect(invalidOnes(history, cached)).toEqual([]);
  expect(judged(history.items, { context: { description: silent, specification: cached } }).get("EO2")?.outcome).toBe(
    "valid",
  );
  expect(invalidOnes(history, copying)).toContain("EO2");
});

test("a cache may also write earlier ones", () => {
  const commits = [
    {
      outputs: [
        ["k", "a"],
        ["l", "a"],
        ["k", "c"],
      ] as const,
      next: 4,
    },
  ];
  expect(invalidOnes(written(inputs, commits), cached)).toEqual([]);
});

test("the last one of a key stands for none of another key, and nothing stands for the last one", () => {
  expect(invalidOnes(written(inputs, [{ outputs: [["k", "c"]], next: 4 }]), cached)).toContain("EO2");
  expect(
    invalidOnes(
      written(inputs, [
        {
          outputs: [
            ["l", "a"],
            ["k", "b"],
          ],
          next: 4,
        },
      ]),
      cached,
    ),
  ).toContain("EO2");
});

test("an output of a later commit stands for none that this commit covers", () => {
  const commits: readonly Commit[] = [
    { outputs: [["l", "a"]], next: 3 },
    { outputs: [["k", "c"]], next: 4 },
  ];
  expect(invalidOnes(written(inputs, commits), cached)).toContain("EO2");
});

test("a commit that goes on from there is judged as ever: a start with superseded outputs is no skip", () => {
  const commits: readonly Commit[] = [
    { outputs: [["k", "a"]], next: 1 },
    {
      outputs: [
        ["l", "a"],
        ["k", "c"],
      ],
      next: 4,
    },
  ];
  expect(invalidOnes(written(inputs, commits), cached)).toEqual([]);
});

test("of a record with two outputs one may be written and the other superseded", () => {
  const twice: Specification = {
    stages: {
      copy: {
        ...stageOf(copying),
        start(partition) {
          const fold = stageOf(cached).start(partition);
          return {
            step(record) {
              const { outputs, changes } = fold.step(record);
              return {
                outputs: [...outputs, ...outputs.map((output) => ({ ...output, ordinal: 1, key: "all" }))],
                changes,
              };
            },
          };
        },
      },
    },
  };
  const two: readonly Pair[] = [
    ["k", "a"],
    ["l", "b"],
  ];
  const outputs: readonly Pair[] = [...two, ["all", "b"]];
  expect(invalidOnes(written(two, [{ outputs, next: 2 }]), twice)).toEqual([]);
});
