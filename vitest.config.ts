import { defineConfig } from "vitest/config";

const slow = "**/*.e2e.test.ts";
/** A sample of `npm run plant`, which takes both processors for minutes. */
const planted = "**/*.plant.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["{harness,images,reference-pipeline,reports}/**/*.test.ts"],
          exclude: [slow, planted, "**/node_modules/**"],
          // Vitest leaves one processor free, which on two is one too many.
          maxWorkers: 2,
          // Guards against a hang, asserts no speed: a machine busy with other work was seen to take over 5 s for 0.3 s of work.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "plant",
          include: [`harness/plant/${planted}`],
          sequence: { groupOrder: 1 },
          testTimeout: 1_200_000, // guards against a hang, as above: beside another suite it was seen to take over 600 s
        },
      },
      {
        test: {
          name: "e2e",
          include: [`{harness,images,reference-pipeline,reports}/${slow}`],
          fileParallelism: false,
          sequence: { groupOrder: 2 }, // after the others, so that both processors are theirs
          // Guards against a hang, as above: what a run may take is its own --timeout, and CI's limit holds for all.
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
