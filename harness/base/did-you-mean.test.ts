import { expect, test } from "vitest";
import { didYouMean } from "./did-you-mean.ts";

test.each([
  ["crsh", ["crash", "pause"], ' Did you mean "crash"?'],
  ["Members", ["member", "members"], ' Did you mean "members"?'],
  ["off-by-two", ["off-by-one", "commit-on-poll"], ' Did you mean "off-by-one"?'],
  ["banana", ["crash", "pause"], ""],
  ["", ["crash"], ""],
  ["x", [], ""],
  ["x".repeat(100_000), ["crash"], ""],
])("%s among %j", (written, known, expected) => {
  expect(didYouMean(written, known)).toBe(expected);
});
