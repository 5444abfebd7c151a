import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { startReaper } from "./reaping.ts";

test("where no reaper can be started the run goes on without", async () => {
  const directory = "/nowhere/rollproof-run";
  await startReaper(directory, "run").dismiss();
  expect(existsSync(directory)).toBe(false);
});
