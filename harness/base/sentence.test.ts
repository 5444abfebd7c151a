import { expect, test } from "vitest";
import { sentence } from "./sentence.ts";

test.each([
  ["the tail lost records", "the tail lost records."],
  ["It was not read.", "It was not read."],
  ["unexpected end of data.\n", "unexpected end of data."],
  ["is it there?", "is it there?"],
  ["and so on …", "and so on …"],
  ["see e:4 (process-ended)", "see e:4 (process-ended)."],
])("%j ends with one stop", (words, told) => {
  expect(sentence(words)).toBe(told);
});
