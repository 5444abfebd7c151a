import { expect, test } from "vitest";
import { freshSeed } from "./fresh-seed.ts";
import { kinds } from "./kinds.ts";
import { histories } from "./model.ts";
import { isMet } from "./tally.ts";
import { linesOf, tryAll } from "./trials.ts";

const seed = freshSeed();

test(`planted damage is flagged and lawful variations stay valid: a sample, seed ${seed}`, async () => {
  let tried = 0;
  const tallies = await tryAll({
    histories,
    kinds: kinds.map(({ name }) => name),
    seed,
    trials: 2,
    workers: 2,
    watch: (_, trials) => void (tried += trials.filter(({ came }) => came !== "nowhere").length),
  });
  expect(tallies.filter((tally) => !isMet(tally)).flatMap(linesOf)).toEqual([]);
  expect(tried).toBeGreaterThanOrEqual(1_000);
});
