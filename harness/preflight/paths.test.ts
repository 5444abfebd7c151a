import * as fc from "fast-check";
import { expect, test } from "vitest";
import { migrationPath, pathText } from "./paths.ts";
import { refusals, rollRefusals } from "./refusals.ts";
import { afterFinalise, afterRoll, firstStanding, type Declared } from "./standing.ts";
import { threeReleases, threeStates, use } from "./toy-formats.fixture.ts";
import { refusalTexts } from "./words.ts";

const path = (declared: Declared, from = "v1", to = "v3"): string | null => {
  const legs = migrationPath(declared, { from, to, isMixed: true });
  return legs === null ? null : pathText(legs);
};

test("v1 to v3 is refused in one roll, and the way by v2 is told", () => {
  expect(path(threeReleases)).toBe("v1 → v2, finalise, v2 → v3");
  expect(refusalTexts(threeReleases, "v1", { to: "v3", isMixed: true, flag: null }).at(-1)).toContain(
    ". Upgrade in 2 rolls: v1 → v2, finalise, v2 → v3",
  );
});

test("one roll is the path where nothing is against it, and finalise is left out where it is not needed", () => {
  expect(path(threeReleases, "v1", "v2")).toBe("v1 → v2");
  expect(
    path({ v1: { state: use("1", "1 2") }, v2: { state: use("2", "1 2 3") }, v3: { state: use("3", "1 2 3") } }),
  ).toBe("v1 → v2, v2 → v3");
});

test("state that nobody touches stays as the first version wrote it, unless the second rewrites it", () => {
  expect(path(threeStates())).toBe(null);
  expect(path(threeStates({ rewrites: true }))).toBe("v1 → v2, finalise, v2 → v3");
});

test("a version that is silent about what both ends declare is no stop", () => {
  expect(path({ ...threeReleases, v2: {} })).toBe(null);
  expect(path({ ...threeReleases, v2: { state: use("1", "1") } })).toBe(null);
});

test("the shortest of several paths is taken, and longer ones are found", () => {
  const chain: Declared = {
    v1: { checkpoint: use("1", "1 2") },
    v2: { checkpoint: use("2", "1 2 3") },
    v3: { checkpoint: use("3", "2 3 4") },
    v4: { checkpoint: use("4", "3 4") },
  };
  expect(path(chain, "v1", "v4")).toBe("v1 → v2, v2 → v3, v3 → v4");
  expect(path({ ...chain, wide: { checkpoint: use("1 → 3", "1 2 3 4") } }, "v1", "v4")).toBe(
    "v1 → wide, finalise, wide → v4",
  );
});

test("many versions that read one another without ever arriving are given up in time", () => {
  const formats = Array.from({ length: 50 }, (_, i) => String(i));
  const ring = Object.fromEntries(formats.map((format) => [`w${format}`, { state: use(format, formats.join(" ")) }]));
  expect(path({ ...ring, v1: { state: use("0", formats.join(" ")) }, v3: { state: use("x", "x") } })).toBe(null);
});

test("each leg of a path stands by itself, whatever is declared", () => {
  const format = fc.constantFrom("1", "2", "3");
  const kind = fc
    .record(
      {
        writes: format,
        afterFinalise: format,
        reads: fc.subarray(["1", "2", "3"]),
        rewrites: fc.boolean(),
      },
      { requiredKeys: ["writes", "reads"] },
    )
    .map((one) => ({ ...one, reads: [...new Set([...one.reads, one.writes, one.afterFinalise ?? one.writes])] }));
  const version = fc.record({ state: kind, repartition: kind });
  fc.assert(
    fc.property(
      fc.record({ v1: version, v2: version, v3: version, v4: version }),
      fc.boolean(),
      (declared, isMixed) => {
        const legs = migrationPath(declared, { from: "v1", to: "v4", isMixed });
        const isFree = refusals(declared, "v1", { to: "v4", isMixed, flag: null }).length === 0;
        expect(legs?.length === 1).toBe(isFree);
        let standing = firstStanding(declared, "v1");
        for (const leg of legs ?? []) {
          expect(leg.from).toBe(standing.version);
          if (leg.finalisesFirst) standing = afterFinalise(declared, standing);
          expect(rollRefusals(declared, standing, { to: leg.to, isMixed, flag: null })).toEqual([]);
          standing = afterRoll(declared, standing, leg.to);
        }
        expect(legs === null || standing.version === "v4").toBe(true);
      },
    ),
  );
});
