import { expect, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { explain } from "./words.ts";

test("words of others in an error, and in its cause, cannot steer the terminal", () => {
  const cause = new Error("registry\u001B]0;title\u0007");
  const error = new RollproofError("environment-unavailable", "one\n\u001B[2Jtwo", { remedy: "Look.", cause });
  expect(explain(error)).toEqual({
    lines: ["error: one\n\\u{1b}[2Jtwo", "  cause: registry\\u{1b}]0;title\\u{7}", "  what to do: Look."],
    exit: 69,
  });
});
