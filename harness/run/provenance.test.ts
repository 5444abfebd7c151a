import { join } from "node:path";
import { expect, test } from "vitest";
import { pathFromRoot, root } from "./provenance.ts";

test("a plan inside the repository is replayed by its path from the root, one elsewhere by its whole path", () => {
  expect(pathFromRoot(join(root, ".rollproof/runs/a/plan.json"))).toBe(".rollproof/runs/a/plan.json");
  expect(pathFromRoot(join(root, "..elsewhere/plan.json"))).toBe("..elsewhere/plan.json");
  expect(pathFromRoot(join(root, "../out/a/plan.json"))).toBe(join(root, "../out/a/plan.json"));
});
