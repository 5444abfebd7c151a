import * as fc from "fast-check";
import { expect, test } from "vitest";
import { correct } from "../core/strategy.ts";
import { contest, type Move } from "./contest.ts";
import { settlementTrial, velocityTrial, versionPairs } from "./matrix.ts";

const member = fc.integer({ min: 0, max: 1 });
const effects = fc.integer({ min: 1, max: 40 });
const lost = fc.option(fc.constantFrom("happened" as const, "not-happened" as const), { freq: 4 });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("advance" as const), member, effects, lost }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("give" as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), member }) },
);

const trials = new Map(
  versionPairs.flatMap((pair) => [
    [`velocity, ${pair.name}`, velocityTrial(correct, pair)],
    [`settlement, ${pair.name}`, settlementTrial(correct, pair)],
  ]),
);

test(
  "two members that contend for a task in any order, dying and losing answers, are together exactly once",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...trials.keys()), fc.array(move, { maxLength: 14 }), (name, moves) => {
        const trial = trials.get(name);
        expect(trial === undefined ? null : [...contest(trial, moves)]).toEqual([]);
      }),
      { numRuns: 500, seed: 20_261_121 },
    );
  },
);
