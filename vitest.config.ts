import { defineConfig } from "vitest/config";

const slow = "**/*.e2e.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["{harness,reference-pipeline,reports}/**/*.test.ts"],
          exclude: [slow, "**/node_modules/**"],
        },
      },
      {
        test: {
          name: "e2e",
          include: [`{harness,reference-pipeline,reports}/${slow}`],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
