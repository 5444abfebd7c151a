import { expect, test } from "vitest";
import { controlPortIn } from "./testimony.ts";

test("the listening line names the control port", () => {
  expect(controlPortIn('{"rollproof":1,"seq":0,"kind":"listening","task":null,"body":{"port":4711}}')).toBe(4711);
});

test.each([
  "plain log",
  '{"rollproof":1,"kind":"listening","body":{"port":0}}',
  '{"rollproof":1,"kind":"listening","body":{"port":"4711"}}',
  '{"rollproof":2,"kind":"listening","body":{"port":4711}}',
  '{"rollproof":1,"kind":"opened","body":{"port":4711}}',
  '{"rollproof":1,"kind":"listen',
])("%s names none", (line) => {
  expect(controlPortIn(line)).toBeNull();
});
