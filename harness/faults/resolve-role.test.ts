import { expect, test } from "vitest";
import { brokerId, memberId } from "../model/brand.ts";
import { parseRole, roleSort } from "../model/role.ts";
import { resolveRole, type RoleView } from "./resolve-role.ts";

const view: RoleView = {
  members: [memberId("member-2"), memberId("member-1"), memberId("member-3")],
  brokers: [brokerId("broker-1"), brokerId("broker-2")],
  owner({ topic, partition, group }) {
    if (topic !== "by-merchant" || partition !== 2) return null;
    return memberId(group === "auditors" ? "member-1" : "member-3");
  },
  leader: (topic, partition) => (topic === "settlements" && partition === 1 ? brokerId("broker-2") : null),
  coordinator({ of, key }) {
    if (of === "group") return key === "reference-settlement" ? brokerId("broker-1") : null;
    return key === "of-0" ? brokerId("broker-2") : null;
  },
  isCoordinated: true,
};
const resolved = (text: string, pick = 0): unknown => resolveRole(parseRole(text), pick, view);

test("a named process is itself", () => {
  expect(resolved("member-2")).toEqual({ kind: "process", id: "member-2", sort: "member" });
  expect(resolved("broker-1")).toEqual({ kind: "process", id: "broker-1", sort: "broker" });
});

test("the upgrade's coordinator is nobody before the upgrade and after it", () => {
  expect(resolved("coordinator")).toEqual({ kind: "coordinator" });
  expect(resolveRole(parseRole("coordinator"), 0, { ...view, isCoordinated: false })).toBe(null);
});

test("an owner and a leader are looked up by topic and partition, the topic's own dashes included", () => {
  expect(resolved("owner of by-merchant-2")).toEqual({ kind: "process", id: "member-3", sort: "member" });
  expect([
    resolved("owner of by-merchant-2 in auditors"),
    resolved("link owner of by-merchant-2 in auditors broker-1"),
  ]).toEqual([
    { kind: "process", id: "member-1", sort: "member" },
    { kind: "links", from: "member-1", to: ["broker-1"] },
  ]);
  expect(resolved("leader of settlements-1")).toEqual({ kind: "process", id: "broker-2", sort: "broker" });
});

test("the active controller is the leader of the cluster's metadata", () => {
  const controlled: RoleView = {
    ...view,
    leader: (topic, partition) => (topic === "__cluster_metadata" && partition === 0 ? brokerId("broker-2") : null),
  };
  const role = parseRole("active controller");
  expect([resolveRole(role, 0, controlled), resolveRole(role, 0, view)]).toEqual([
    { kind: "process", id: "broker-2", sort: "broker" },
    null,
  ]);
  expect(resolveRole(parseRole("link member-1 active controller"), 0, controlled)).toEqual({
    kind: "links",
    from: "member-1",
    to: ["broker-2"],
  });
});

test("a coordinator is looked up by its group or its transactional id, as a broker and as the end of a link", () => {
  expect([
    resolved("group coordinator of reference-settlement"),
    resolved("transaction coordinator of of-0"),
    resolved("link member-2 transaction coordinator of of-0"),
    resolved("link owner of by-merchant-2 group coordinator of reference-settlement"),
  ]).toEqual([
    { kind: "process", id: "broker-1", sort: "broker" },
    { kind: "process", id: "broker-2", sort: "broker" },
    { kind: "links", from: "member-2", to: ["broker-2"] },
    { kind: "links", from: "member-3", to: ["broker-1"] },
  ]);
});

test("any of several is the picked one in the order of ids, modulo their number", () => {
  expect([0, 1, 2, 3].map((pick) => resolved("any member", pick))).toEqual(
    ["member-1", "member-2", "member-3", "member-1"].map((id) => ({ kind: "process", id, sort: "member" })),
  );
});

test("a link role is one member's ways to one broker or to every broker", () => {
  expect(resolved("link member-2 broker-1")).toEqual({ kind: "links", from: "member-2", to: ["broker-1"] });
  expect(resolved("link owner of by-merchant-2 broker-*")).toEqual({
    kind: "links",
    from: "member-3",
    to: ["broker-1", "broker-2"],
  });
  expect(resolved("link any member leader of settlements-1", 1)).toEqual({
    kind: "links",
    from: "member-2",
    to: ["broker-2"],
  });
});

test("a role that nobody plays now resolves to null", () => {
  expect(
    [
      "owner of payments-0",
      "leader of payments-0",
      "group coordinator of of-0",
      "link member-1 transaction coordinator of unknown",
      "member-9",
      "broker-9",
      "link member-9 broker-*",
    ].map((text) => resolved(text)),
  ).toEqual([null, null, null, null, null, null, null]);
});

test("the sort of a role is known before it is resolved", () => {
  expect(
    [
      "any member",
      "owner of a-0",
      "leader of a-0",
      "group coordinator of a",
      "broker-1",
      "link member-1 broker-*",
      "coordinator",
    ].map((text) => roleSort(parseRole(text))),
  ).toEqual(["member", "member", "broker", "broker", "broker", "link", "coordinator"]);
});

test("what is not a role is refused with the grammar", () => {
  for (const text of [
    "",
    "member-0",
    "member 2",
    "member-2 member-3",
    "broker-*",
    "owner of payments",
    "owner payments-0",
    "link member-1",
    "link broker-1 member-1",
    "link member-1 broker-1 broker-2",
    "leader of -1",
    "active",
    "controller",
    "active controller broker-1",
    "coordinator of reference-settlement",
    "coordinator 1",
    "link coordinator broker-1",
    "group coordinator of",
    "group coordinator reference-settlement",
    "link group coordinator of a member-1",
  ])
    expect(() => parseRole(text), text).toThrow(/is not a target; expected `member-2`/u);
});
