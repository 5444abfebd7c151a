import { describe, expect, test } from "vitest";
import { tasksOf } from "../model/tasks.ts";
import { isMistaken, missingFromGroups } from "./roll-call-words.ts";
import { beginRollCall, type SeenGroup } from "./roll-call.ts";
import { branching } from "./branching.fixture.ts";
import { beginHandWritten, wire } from "./hand-written.fixture.ts";
import { groupRecord, silent } from "./silent.fixture.ts";

type Members = readonly (readonly [clientId: string, owned: readonly string[]])[];
const expected = { tasks: tasksOf(silent, silent.topics(2)), members: ["member-1", "member-2"] };

/** The groups, by name, that these records leave, each in its turn. */
function called(...records: readonly (readonly [group: string, members: Members])[]): ReadonlyMap<string, SeenGroup> {
  const rollCall = beginRollCall();
  const history = beginHandWritten();
  for (const [i, [group, members]] of records.entries()) {
    const record = groupRecord(
      group,
      i + 1,
      members.map(([clientId, owned]) => [`id-of-${clientId}`, clientId, owned]),
    );
    history.data("__consumer_offsets-0", [record]);
  }
  for (const item of history.items) if (item.kind === "frame") rollCall.step(item.batch);
  return rollCall.groups;
}

const both: Members = [
  ["member-1", ["in-0"]],
  ["member-2", ["in-1"]],
];
const suffixed: Members = [
  ["member-1-StreamThread-1-consumer", ["in-0"]],
  ["member-2-StreamThread-1-consumer", ["in-1"]],
];

describe("what keeps a silent pipeline from being recognised is told", () => {
  test.each<readonly [string, ReadonlyMap<string, SeenGroup>, readonly string[], boolean]>([
    ["nothing, where all is well", called(["copiers", both]), [], false],
    [
      "nobody joined",
      called(),
      [
        'Nobody is in the group "copiers" of stage copy, which reads in: expected are the client ids "member-1", "member-2".',
      ],
      false,
    ],
    [
      "a framework appended to the client id",
      called(["copiers", suffixed]),
      [
        'In the group "copiers" of stage copy are the client ids "member-1-StreamThread-1-consumer", "member-2-StreamThread-1-consumer", expected are "member-1", "member-2": the framework appends to client.id; the client id that the group sees has to be the member\'s id alone.',
      ],
      true,
    ],
    [
      "the client id was not set",
      called(["copiers", [["consumer-1", ["in-0", "in-1"]]]]),
      [
        'In the group "copiers" of stage copy are the client ids "consumer-1", expected are "member-1", "member-2": set client.id to ${ROLLPROOF_MEMBER}.',
      ],
      false,
    ],
    [
      "another group was joined",
      called(["other", both]),
      [
        'Nobody is in the group "copiers" of stage copy, which reads in: expected are the client ids "member-1", "member-2".',
        'Group "other", which the description does not name, has "member-1", "member-2".',
      ],
      false,
    ],
    [
      "one member is absent",
      called(["copiers", [["member-1", ["in-0", "in-1"]]]]),
      ['member-2 did not join the group "copiers" of stage copy; "member-1" did.'],
      false,
    ],
    [
      "a member is assigned nothing, and a task is nobody's",
      called([
        "copiers",
        [
          ["member-1", ["in-0"]],
          ["member-2", []],
        ],
      ]),
      ['Nobody owns "in-1" in group "copiers" of stage copy; member-2 is assigned nothing.'],
      false,
    ],
    [
      "another topic is read",
      called([
        "copiers",
        [
          ["member-1", ["payments-0"]],
          ["member-2", ["payments-1"]],
        ],
      ]),
      ['Nobody owns "in-0", "in-1" in group "copiers" of stage copy; assigned instead: "payments-0", "payments-1".'],
      false,
    ],
  ])("%s", (_, groups, sentences, mistaken) => {
    expect([missingFromGroups(expected, groups), isMistaken(expected, groups)]).toEqual([sentences, mistaken]);
  });

  test("the group speaks a protocol that does not say who owns what", () => {
    const rollCall = beginRollCall();
    const history = beginHandWritten();
    history.data("__consumer_offsets-0", [{ key: wire([16, 3], "copiers"), value: wire([16, 0], [32, 1]) }]);
    for (const item of history.items) if (item.kind === "frame") rollCall.step(item.batch);
    expect(missingFromGroups(expected, rollCall.groups)).toEqual([
      'The group "copiers" of stage copy uses the protocol of KIP-848, which does not say who owns what: set group.protocol=classic.',
    ]);
    expect(isMistaken(expected, rollCall.groups)).toBe(true);
  });

  test("what clients call themselves cannot steer the terminal, and many are a few and a number", () => {
    const many: Members = Array.from({ length: 20 }, (_, i) => [`\u001B[2J${i}`, []]);
    const [sentence = ""] = missingFromGroups(expected, called(["copiers", many]));
    expect(sentence).not.toContain("\u001B");
    expect(sentence).toContain("and 12 more");
  });

  test("a group of several stages is told once, and a task of two sources with two owners is named", () => {
    const branched = { tasks: tasksOf(branching, branching.topics(6)), members: ["member-1", "member-2"] };
    const first = ["in-0", "in-1", "in-2", "fees-0", "fees-1", "fees-2"];
    expect(missingFromGroups(branched, new Map())).toEqual([
      'Nobody is in the group "app" of stages fee, merge, which reads in, fees, refunds: expected are the client ids "member-1", "member-2".',
      'Nobody is in the group "ids" of stage id, which reads in: expected are the client ids "member-1", "member-2".',
    ]);
    const groups = called(
      [
        "app",
        [
          ["member-1", first],
          ["member-2", ["fees-3", "refunds-0", "refunds-1"]],
        ],
      ],
      [
        "ids",
        [
          ["member-1", ["in-0", "in-1"]],
          ["member-2", ["in-2"]],
        ],
      ],
    );
    expect(missingFromGroups(branched, groups)).toEqual([
      "Task merge-0 has several owners (fees-0 is member-1's, refunds-0 is member-2's): use an assignor that keeps co-partitioned topics together (range), or describe a stage for each source.",
    ]);
  });
});
