import { expect, test } from "vitest";
import { smallDisksOf } from "./small-disks.ts";

test.each([
  ["member-2", ["member"]],
  ["any member", ["member"]],
  ["owner of payments-0", ["member"]],
  ["broker-1", ["broker"]],
  ["leader of settlements-1", ["broker"]],
  ["group coordinator of reference-settlement", ["broker"]],
])("a plan that fills the disk of %s gives small disks to %o, all of that sort", (target, sorts) => {
  expect([...smallDisksOf([{ kind: "disk-full", target, params: {} }])]).toEqual(sorts);
});

test("each sort is named once, and other faults ask for no small disk", () => {
  const fill = (target: string) => ({ kind: "disk-full", target, params: {} });
  expect(smallDisksOf([fill("broker-1"), fill("member-1"), fill("broker-2")])).toEqual(new Set(["member", "broker"]));
  expect(smallDisksOf([{ kind: "crash", target: "broker-1", params: {} }])).toEqual(new Set());
  expect(smallDisksOf([{ kind: "hold", target: "link owner of payments-0 broker-*", params: {} }])).toEqual(new Set());
});
