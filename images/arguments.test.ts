import { expect, test } from "vitest";
import { parseArguments } from "./arguments.mjs";

test("the pinned Kafka is always built, others once each", () => {
  const args = ["--kafka", "3.9.1", "--force", "--kafka=4.1.1", "--kafka=3.9.1"];
  expect(parseArguments(args, "4.1.1")).toEqual({ kafka: ["4.1.1", "3.9.1"], force: true });
  expect(parseArguments([], "4.1.1")).toEqual({ kafka: ["4.1.1"], force: false });
});

test.for([["--kafka"], ["--kafka", "latest"], ["--kafka=4.1.1;x"], ["--kafka", "../3.9.1"], ["--forced"], ["3.9.1"]])(
  "%j is refused with the usage",
  (args) => {
    expect(() => parseArguments(args, "4.1.1")).toThrow(
      expect.objectContaining({ remedy: "Usage: npm run images -- [--kafka VERSION]… [--force]" }),
    );
  },
);
