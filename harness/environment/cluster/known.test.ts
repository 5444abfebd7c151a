import { expect, test } from "vitest";
import { memberId } from "../../model/brand.ts";
import { known, refuseIfAlive, unknownId } from "./known.ts";

test("what is there is given back; what is not is refused by its id, with those that there are", () => {
  expect(known(0, "broker-1")).toBe(0);
  expect(() => known(undefined, "broker-9")).toThrow("The environment has no broker-9.");
  expect(unknownId("member-9", ["member-1", "member-2"])).toMatchObject({
    code: "usage",
    remedy: "It has member-1, member-2.",
  });
});

test("an incarnation that runs or is paused has no successor; one that is gone has", async () => {
  const last = (state: "running" | "stopped" | "gone") => ({
    id: memberId("member-1"),
    incarnation: 2,
    state: () => Promise.resolve(state),
  });
  for (const state of ["running", "stopped"] as const)
    await expect(refuseIfAlive(last(state))).rejects.toThrow("member-1 (incarnation 2) is still alive.");
  expect(await refuseIfAlive(last("gone"))).toBeUndefined();
});
