import { closeSync, mkdtempDisposableSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logTo } from "./log.ts";
import { testifyTo } from "./testimony.ts";

function written(write: (descriptor: number) => void): string {
  using folder = mkdtempDisposableSync(join(tmpdir(), "lines-"));
  const path = join(folder.path, "out");
  const descriptor = openSync(path, "w");
  write(descriptor);
  closeSync(descriptor);
  return readFileSync(path, "utf8");
}

test("testimony is numbered lines of JSON, written when the call returns", () => {
  const text = written((descriptor) => {
    const testify = testifyTo(descriptor);
    testify("listening", null, { port: 1 });
    testify("at-point", "velocity-0", { point: "after-send" });
  });
  expect(text).toBe(
    '{"rollproof":1,"seq":0,"kind":"listening","task":null,"body":{"port":1}}\n' +
      '{"rollproof":1,"seq":1,"kind":"at-point","task":"velocity-0","body":{"point":"after-send"}}\n',
  );
});

test("logs are one line each, cut, and bounded in number; what was left out is counted", () => {
  let now = 0;
  const text = written((descriptor) => {
    const log = logTo(descriptor, () => now);
    for (let i = 0; i < 100; i += 1) log(`line\n${i}`);
    now = 1_000;
    log("x".repeat(1_000));
  });
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBe(41);
  expect(lines[0]).toBe("line 0");
  expect(lines[40]).toBe(`(60 lines left out) ${"x".repeat(400)}…`);
});
