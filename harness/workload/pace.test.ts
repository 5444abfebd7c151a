import * as fc from "fast-check";
import { expect, test } from "vitest";
import { beginPaceClock, recordsDue } from "./pace.ts";

test("three quarters go over the planned time, then a thinning trickle, the reserve only once the upgrade is over", () => {
  const due = (elapsedMs: number, isFinalised = false): number =>
    recordsDue({ records: 24_000, paceMs: 30_000, elapsedMs, isFinalised });
  expect([0, 15_000, 30_000, 40_000, 95_000, 180_000, 181_000].map((at) => due(at))).toEqual([
    1, 9_001, 18_000, 18_847, 21_651, 23_066, 23_074,
  ]);
  expect(due(1, true)).toBe(24_000);
});

test("what is due never falls, never exceeds the stream, and leaves some for after the upgrade", () => {
  const state = fc.record({ records: fc.integer({ min: 2, max: 100_000 }), paceMs: fc.nat(60_000) });
  fc.assert(
    fc.property(state, fc.nat(200_000), fc.nat(200_000), ({ records, paceMs }, from, more) => {
      const before = recordsDue({ records, paceMs, elapsedMs: from, isFinalised: false });
      const after = recordsDue({ records, paceMs, elapsedMs: from + more, isFinalised: false });
      expect(before <= after && after < records).toBe(true);
    }),
  );
});

test("time stands still while the load is held, and goes on from there", () => {
  let nowMs = 100;
  const clock = beginPaceClock(() => nowMs);
  const at = (ms: number, then: () => void = () => undefined): number => {
    nowMs = ms;
    then();
    return clock.elapsedMs();
  };
  expect([at(150), at(160, () => clock.hold()), at(500, () => clock.hold()), at(900)]).toEqual([50, 60, 60, 60]);
  expect([at(1_000, () => clock.release()), at(1_040, () => clock.release()), at(1_050)]).toEqual([60, 100, 110]);
});
