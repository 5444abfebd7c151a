import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isAlive, pidsWithVariable, proofOf } from "./proc.ts";

test("a proof holds for the process that it was taken of, and for no other with the same pid", () => {
  const proof = proofOf(process.pid);
  if (proof === null) throw new Error("this process runs");
  expect(isAlive(proof)).toBe(true);
  expect(isAlive({ ...proof, startTicks: proof.startTicks - 1 })).toBe(false);
  expect(isAlive({ ...proof, bootId: "another boot" })).toBe(false);
  expect(isAlive({ ...proof, commandLine: "sleep 60" })).toBe(false);
});

test("processes are found by a variable that they were started with, and not once they have ended", async () => {
  const value = `${process.pid}-${performance.now()}`;
  const child = spawn("sleep", ["60"], { env: { ...process.env, ROLLPROOF_RUN: value } });
  await once(child, "spawn");
  expect(pidsWithVariable("ROLLPROOF_RUN", value)).toEqual([child.pid]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(pidsWithVariable("ROLLPROOF_RUN", value)).toEqual([]);
});
