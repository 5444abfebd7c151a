import * as fc from "fast-check";
import { expect, test } from "vitest";
import { brokerId, memberId } from "../../model/brand.ts";
import { pinnedBrokers } from "./broker-versions.ts";
import { layOut, portsNeeded, proxyName } from "./layout.ts";

test("every port is given to exactly one listener", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 9 }), (brokers, slots) => {
      const ports = Array.from({ length: portsNeeded(brokers, slots) }, (_, i) => 20_000 + i);
      const layout = layOut({ brokers: pinnedBrokers(brokers), memberSlots: slots }, ports);
      const used = layout.nodes.flatMap((node) => [
        node.controller,
        node.internal,
        node.direct,
        ...node.slots.flatMap((slot) => [slot.listener, slot.proxy]),
      ]);
      expect([layout.proxyApi, ...used].toSorted((a, b) => a - b)).toEqual(ports);
    }),
  );
});

test("brokers and slots are named from 1", () => {
  const layout = layOut(
    { brokers: pinnedBrokers(2), memberSlots: 2 },
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  );
  expect(layout.nodes.map(({ id, nodeId, slots }) => ({ id, nodeId, slots: slots.map((slot) => slot.slot) }))).toEqual([
    { id: "broker-1", nodeId: 1, slots: ["member-1", "member-2"] },
    { id: "broker-2", nodeId: 2, slots: ["member-1", "member-2"] },
  ]);
  expect(proxyName(memberId("member-2"), brokerId("broker-1"))).toBe("member-2.broker-1");
});
