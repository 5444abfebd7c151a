import { expect, test } from "vitest";
import { kinds } from "./kinds.ts";
import { histories } from "./model.ts";
import { parsePlantArguments, usage } from "./arguments.ts";

test("without arguments every kind is tried in every history", () => {
  expect(parsePlantArguments([])).toEqual({
    histories: { names: histories, asked: false },
    kinds: { names: kinds.map(({ name }) => name), asked: false },
    seed: null,
    trials: null,
    workers: null,
    record: false,
    help: false,
  });
});

test("what is asked for is kept in the order of the lists", () => {
  const argv = ["--history", "silent", "--history=reference", "--kind", "output-lost", "--seed", "17", "--trials", "3"];
  expect(parsePlantArguments(argv)).toMatchObject({
    histories: { names: ["reference", "silent"], asked: true },
    kinds: { names: ["output-lost"], asked: true },
    seed: "17",
    trials: 3,
  });
});

test("the usage names every option", () => {
  for (const argv of [["--help"], ["-h"]]) expect(parsePlantArguments(argv).help).toBe(true);
  for (const option of ["history", "kind", "seed", "trials", "workers", "record", "help"])
    expect(usage).toContain(`--${option}`);
});

test.each<[readonly string[], RegExp]>([
  [["--trails", "3"], /There is no option "--trails".* Did you mean "trials"\?/u],
  [["-x"], /There is no option "-x"/u],
  [["output-lost"], /It takes no "output-lost"/u],
  [["--kind", "output-lots"], /There is no kind "output-lots".* Did you mean "output-lost"\?/u],
  [["--history", "refrence"], /There is no history "refrence"/u],
  [["--trials", "0"], /--trials is no whole number: "0"/u],
  [["--workers", "two"], /--workers is no whole number/u],
  [["--seed", "x"], /--seed is no whole number/u],
  [["--seed"], /--seed needs a value/u],
  [["--record=yes"], /--record takes no value/u],
])("%j is refused by name", (argv, words) => {
  expect(() => parsePlantArguments(argv)).toThrow(words);
});
