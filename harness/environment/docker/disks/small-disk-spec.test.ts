import { expect, test } from "vitest";
import { pinnedBrokers } from "../../cluster/broker-versions.ts";
import { layOut } from "../../cluster/layout.ts";
import { smallDiskSpecs } from "./small-disk-spec.ts";

const runDirectory = "/runs/run-1";
const layout = layOut({ brokers: pinnedBrokers(2), memberSlots: 2 }, []);
const mebibyte = 1024 * 1024;
const broker = (id: string) => ({ of: id, path: `/runs/run-1/brokers/${id}/data`, bytes: 256 * mebibyte });
const member = (id: string) => ({ of: id, path: `/runs/run-1/members/${id}/data`, bytes: 64 * mebibyte });

test.each([
  [["broker"], [broker("broker-1"), broker("broker-2")]],
  [["member"], [member("member-1"), member("member-2")]],
  [
    ["member", "broker"],
    [broker("broker-1"), broker("broker-2"), member("member-1"), member("member-2")],
  ],
  [[], []],
] as const)("small disks for %o lie where the data directories of all of that sort are", (sorts, expected) => {
  expect(smallDiskSpecs({ runDirectory, smallDisks: new Set(sorts) }, layout)).toEqual(expected);
});

test("nobody has a small disk unless asked", () => {
  expect(smallDiskSpecs({ runDirectory }, layout)).toEqual([]);
});
