import { expect, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { parsePipeline } from "./parse.ts";
import { payments } from "./payments.ts";

const place = { name: "toy", folder: "pipelines/toy", generators: new Map([["payments", payments]]) };
const text = (formats: string) => `guarantee: exactly-once
offsets: in-transaction
topics: { in: {}, out: {} }
stages: { copy: { source: in, group: copiers, sinks: [out] } }
workload: { generator: payments, topic: in }
launch: { argv: [copy] }
versions:
  old: { sources: [copy.c] }
  new:
    sources: [copy.c]
    formats: ${formats}
`;

function problems(formats: string): readonly string[] {
  try {
    parsePipeline(text(formats), place);
  } catch (error) {
    if (error instanceof RollproofError) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

test("a version declares its formats, each with its place; one that declares none is left out", () => {
  const { formats } = parsePipeline(text(`{ output: { writes: v1, after-finalise: "2", reads: [v1, "2"] } }`), place);
  expect(formats).toEqual({
    new: {
      output: {
        writes: "v1",
        afterFinalise: "2",
        reads: ["v1", "2"],
        declaredAt: "pipelines/toy/pipeline.yaml:11:24",
      },
    },
  });
});

test("a pipeline that declares nothing has no formats at all", () => {
  expect(parsePipeline(text("").replace(/\n {4}formats: \n/, "\n"), place)).not.toHaveProperty("formats");
});

test.each([
  [
    "{ outptu: { writes: a, reads: [a] } }",
    '11:16: unknown key "outptu" in versions.new.formats. Did you mean "output"?',
  ],
  ["{ output: { write: a, reads: [a] } }", '11:26: unknown key "write" in versions.new.formats.output. Did you mean'],
  ["{ output: { writes: a, reads: [b] } }", "11:44: new writes output in format a and does not read it"],
  [
    "{ state: { writes: a, after-finalise: b, reads: [a] } }",
    "11:62: new writes state in format b and does not read it",
  ],
])("%s is refused at its place", (formats, message) => {
  expect(problems(formats).join("\n")).toContain(message);
});
