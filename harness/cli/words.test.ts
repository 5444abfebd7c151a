import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodes, RollproofError } from "../base/errors.ts";
import { helpText } from "./arguments.ts";
import { explain } from "./words.ts";

test("words of others in an error, and in its cause, cannot steer the terminal", () => {
  const cause = new Error("registry\u001B]0;title\u0007");
  const error = new RollproofError("environment-unavailable", "one\n\u001B[2Jtwo", { remedy: "Look.", cause });
  expect(explain(error)).toEqual({
    lines: ["error: one\n\\u{1b}[2Jtwo", "  cause: registry\\u{1b}]0;title\\u{7}", "  what to do: Look."],
    exit: 69,
  });
});

test("every exit code is in the help and in the README's table", () => {
  const table = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const codes = Object.values(exitCodes);
  expect(codes.filter((code) => !new RegExp(`Exit codes:.*\\b${code} `).test(helpText))).toEqual([]);
  expect(codes.filter((code) => !new RegExp(`^\\| ${code} +\\|`, "m").test(table))).toEqual([]);
});
