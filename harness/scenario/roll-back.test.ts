import { expect, test } from "vitest";
import { head, parse, problems } from "./parsed.fixture.ts";

const rollsBack = "upgrade: { on-gate-timeout: roll-back, roll-back: { after: gate of member-2 } }";
const planned = "upgrade: { roll-back: { after: gate of member-2 } }";

test("an upgrade is rolled back where the scenario says so, and to stop is the default", () => {
  const upgradeOf = (line: string) => {
    const { onGateTimeout, rollBackAfter } = parse(`${head}${line}\n`).upgrade;
    return { onGateTimeout, rollBackAfter };
  };
  expect(upgradeOf(rollsBack)).toEqual({ onGateTimeout: "roll-back", rollBackAfter: "gate of member-2" });
  const plain = parse(head).upgrade;
  expect(parse(`${head}upgrade: { on-gate-timeout: stop }\n`).upgrade).toEqual(plain);
  expect(Object.keys(plain)).toEqual(["strategy", "maxUnavailable", "startAfterMs", "dwellMs", "finalise"]);
});

test("a fault may name an act of the way back, or come again there", () => {
  const faults = (when: string) =>
    parse(`${head}${planned}\nfaults: [{ kind: crash, target: member-1, when: ${when} }]\n`).faults[0]?.trigger;
  expect(faults("{ act: restore back of member-2 }")).toEqual({
    kind: "act",
    act: "restore back of member-2",
    delayMs: 0,
  });
  expect(faults("{ act: restore of member-2, occurrence: any }")).toEqual({
    kind: "act",
    act: "restore of member-2",
    delayMs: 0,
    occurrence: "any",
  });
  expect(faults("{ phase: restore, of: member-2, occurrence: any }")).toMatchObject({ occurrence: "any" });
  expect(faults("{ phase: restore, of: member-2 }")).not.toHaveProperty("occurrence");
});

test("a fault may wait for a record of the upgrade's journal", () => {
  const trigger = (when: string) =>
    parse(`${head}faults: [{ kind: crash, target: coordinator, when: ${when}, for: 1s }]\n`).faults[0]?.trigger;
  expect(trigger("{ journal: act-began, of: stop of member-2 }")).toEqual({
    kind: "journal",
    entry: "act-began",
    act: "stop of member-2",
  });
  expect(trigger("{ journal: sources-held }")).toEqual({ kind: "journal", entry: "sources-held", act: null });
});

test.each([
  [
    "faults: [{ kind: crash, target: coordinator, at: 1s }]",
    /a crashed coordinator needs `for`, after which the next one starts/u,
  ],
  [
    "faults: [{ kind: pause, target: coordinator, at: 1s, for: 1s }]",
    /the upgrade's coordinator can be crashed, and nothing else: use `kind: crash`, not pause/u,
  ],
  [
    "faults: [{ kind: crash, target: coordinator, when: { journal: act-begun }, for: 1s }]",
    /^5:63: faults\[0\]\.when\.journal: expected act-began or .*, got "act-begun"\. Did you mean "act-began"/u,
  ],
  [
    "faults: [{ kind: crash, target: coordinator, when: { journal: act-began, of: stop of member-9 }, for: 1s }]",
    /no act of the upgrade "stop of member-9"\. Did you mean "stop of member-\d"/u,
  ],
  [
    "faults: [{ kind: crash, target: coordinator, when: { point: after-send, stage: settlement }, for: 1s }]",
    /a point parks a member's task, so the target has to be a member or its link/u,
  ],
  [
    "upgrade: { on-gate-timout: roll-back }",
    /^5:12: unknown key "on-gate-timout" in upgrade. Did you mean "on-gate-timeout"/u,
  ],
  ["upgrade: { on-gate-timeout: rollback }", /^5:29: upgrade.on-gate-timeout: expected stop or roll-back/u],
  ["upgrade: { roll-back: {} }", "5:23: upgrade.roll-back.after is missing"],
  [
    "upgrade: { roll-back: { after: gate of membr-2 } }",
    /^5:32: there is no act of the upgrade "gate of membr-2". Did you mean "gate of member-2"/u,
  ],
  [
    "upgrade: { roll-back: { after: ready before member-1 } }",
    "5:32: no member has been taken down by then, so there is nothing to undo: drain of member-1 is the first",
  ],
  [
    "upgrade: { roll-back: { after: activate output-format-2 } }",
    "5:32: there is no way back after activate output-format-2: the old version may not be able to read what the new one writes from then on; roll back before it",
  ],
])("%s is refused at its place", (line, message) => {
  expect(problems(`${head}${line}\n`)).toEqual([
    typeof message === "string" ? message : expect.stringMatching(message),
  ]);
});

test.each([
  ["{ act: gate of member-3 }", "gate of member-3 never begins: the upgrade is rolled back after gate of member-2"],
  [
    "{ phase: drain, of: member-3 }",
    "drain of member-3 never begins: the upgrade is rolled back after gate of member-2",
  ],
  [
    "{ act: drain back of member-3 }",
    "drain back of member-3 never begins: the upgrade is rolled back after gate of member-2",
  ],
  [
    "{ point: after-send, stage: settlement, arm-after-step-of: member-3 }",
    "gate of member-3 never begins: the upgrade is rolled back after gate of member-2",
  ],
  [
    "{ act: dwell after member-1, occurrence: any }",
    "dwell after member-1 has no counterpart on the way back: occurrence: any is for the parts of a replacement on the way forward",
  ],
  [
    "{ act: restore back of member-1, occurrence: any }",
    "restore back of member-1 has no counterpart on the way back: occurrence: any is for the parts of a replacement on the way forward",
  ],
])("a fault that can never come so is refused: %s", (when, message) => {
  const text = `${head}${planned}\nfaults: [{ kind: crash, target: member-1, when: ${when} }]\n`;
  expect(problems(text)).toEqual([`6:49: ${message}`]);
});

test("without a way back no act of one can be named, and nothing comes again", () => {
  const of = (when: string) => problems(`${head}faults: [{ kind: crash, target: member-1, when: ${when} }]\n`);
  expect(of("{ act: drain back of member-1 }")).toEqual([
    expect.stringMatching(/^5:49: there is no act of the upgrade "drain back of member-1"/u),
  ]);
  expect(of("{ phase: drain, of: member-1, occurrence: any }")).toEqual([
    "5:49: occurrence: any asks for a way back, and this upgrade is never rolled back",
  ]);
});
