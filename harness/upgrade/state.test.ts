import * as fc from "fast-check";
import { expect, test } from "vitest";
import { rolling } from "../program/program.fixture.ts";
import { advance, beginState, nextAct, versionOf, type UpgradeEntry, type UpgradeState } from "./state.ts";

const program = rolling(["member-1", "member-2"], "v2", "f");
const whole = program.flatMap(({ id: act }): UpgradeEntry[] => [
  { kind: "act-began", act },
  { kind: "act-settled", act },
]);
const after = (cut: number): UpgradeState => whole.slice(0, cut).reduce(advance, beginState({ program }));

test("each act is begun before it is settled, in the program's order, and then there is nothing to do", () => {
  expect(whole.map((_, i) => nextAct(after(i)))).toEqual(
    program.flatMap((act) => [
      { kind: "act", act, resumed: false },
      { kind: "act", act, resumed: true },
    ]),
  );
  expect(nextAct(after(whole.length))).toEqual({ kind: "done" });
});

test("an entry that cannot follow is refused", () => {
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(whole.length - 1), (cut, other) => {
      const wrong = whole[other];
      if (wrong === undefined || other === cut) return;
      expect(() => advance(after(cut), wrong)).toThrow(/cannot follow/);
    }),
  );
});

test("nothing follows a stop", () => {
  const stopped = advance(after(3), { kind: "stopped", why: "late" });
  expect(nextAct(stopped)).toEqual({ kind: "stopped", why: "late" });
  expect(() => advance(stopped, whole[3] ?? { kind: "stopped", why: "" })).toThrow(/cannot follow/);
});

test("a member runs the new version from the moment its start was intended", () => {
  const begins = whole.findIndex((entry) => entry.kind === "act-began" && entry.act === "start of member-2");
  expect([begins, begins + 1, whole.length].map((cut) => versionOf(after(cut), "member-2"))).toEqual([
    null,
    "v2",
    "v2",
  ]);
  expect(versionOf(after(begins), "member-1")).toBe("v2");
});
