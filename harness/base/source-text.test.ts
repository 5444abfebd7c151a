import { expect, test } from "vitest";
import { isProblems, readSourceText, renderProblems } from "./source-text.ts";

const problemsOf = (text: string): string => {
  const read = readSourceText(text);
  return isProblems(read) ? renderProblems("f", read).trim() : "none";
};

test.each([
  ["params: { __proto__: 1 }", "f:1:11: the key __proto__ is not taken"],
  ['a: 1\n"__proto__":\n  b: 2', "f:2:1: the key __proto__ is not taken"],
  ["- a:\n    - __proto__: { polluted: true }", "f:2:7: the key __proto__ is not taken"],
  ['{ "a": { "__proto__": {} } }', "f:1:10: the key __proto__ is not taken"],
])("a key named __proto__ is refused wherever it stands: %j", (text, problem) => {
  expect(problemsOf(text)).toBe(problem);
});

test("the word __proto__ as a value is a value, and its neighbours are keys like any other", () => {
  expect(problemsOf("a: __proto__\nconstructor: 1\nprototype: 2")).toBe("none");
});
