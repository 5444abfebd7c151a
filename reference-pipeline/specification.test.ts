import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { specification } from "./specification.ts";

const { velocity, settlement } = specification.stages;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (...parts: (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "number" ? Uint8Array.of(part) : typeof part === "string" ? utf8(part) : part,
    ),
  );

/** Feeds payments (or raw text) to a fresh task and says what each does, in both formats and both schemas. */
function told(stage: "velocity" | "settlement", values: readonly (object | string | null)[]) {
  const fold = specification.stages[stage].start(0);
  return values.map((value, offset) => {
    const text = value === null || typeof value === "string" ? value : JSON.stringify(value);
    const record = { partition: 0, offset, key: utf8("k"), value: text === null ? null : utf8(text) };
    const { outputs, changes } = fold.step(record);
    return {
      outputs: outputs.map((o) => [o.ordinal, o.topic, o.key, o.value("1"), o.value("2")]),
      changes: changes.map((c) => [c.key, c.state?.("1") ?? null, c.state?.("2") ?? null]),
    };
  });
}
const none = { outputs: [], changes: [] };
const pay = (id: string, at: number, amount = 100, merchant = "m-1") => ({ id, account: "a-1", merchant, amount, at });

describe("stage velocity", () => {
  test("accepts a payment and counts it", () => {
    expect(told("velocity", [pay("p-1", 5, 10)])).toEqual([
      {
        outputs: [
          [
            0,
            "by-merchant",
            "m-1",
            '{"id":"p-1","account":"a-1","merchant":"m-1","amount":10,"at":5,"velocity":1,"n":1,"t":10}',
            '{"id":"p-1","account":"a-1","merchant":"m-1","amount":10,"at":5,"velocity":1,"n":1,"t":10,"risk":"low"}',
          ],
        ],
        changes: [
          [
            "a-1",
            '{"recent":[{"id":"p-1","at":5}],"n":1,"t":10,"lastAt":5}',
            '{"recent":[{"id":"p-1","at":5}],"n":1,"t":10,"lastAt":5,"seen":1}',
          ],
        ],
      },
    ]);
  });

  test("a duplicate within ten minutes of event time and an expired payment have no effect", () => {
    const answers = told("velocity", [pay("p-1", 1_000), pay("p-1", 1_000), pay("p-2", 601_000), pay("p-1", 1_000)]);
    expect(answers.map((answer) => answer.outputs.length)).toEqual([1, 0, 1, 0]);
    expect(answers[2]?.changes).toEqual([
      [
        "a-1",
        '{"recent":[{"id":"p-2","at":601000}],"n":2,"t":200,"lastAt":601000}',
        '{"recent":[{"id":"p-2","at":601000}],"n":2,"t":200,"lastAt":601000,"seen":1}',
      ],
    ]);
  });

  test("the horizon is exclusive: a payment 599,999 ms old is still told from a duplicate, one of 600,000 ms is not", () => {
    const answers = told("velocity", [pay("p-1", 601_000), pay("p-2", 1_001), pay("p-2", 1_001), pay("p-3", 1_000)]);
    expect(answers.map((answer) => answer.outputs.length)).toEqual([1, 1, 0, 0]);
  });

  test("an id whose earlier payment fell out of the horizon is accepted again", () => {
    const answers = told("velocity", [pay("p-1", 0), pay("p-2", 600_000), pay("p-1", 600_000)]);
    expect(answers.map((answer) => answer.outputs.length)).toEqual([1, 1, 1]);
  });

  test("an out-of-order payment counts into velocity only within a minute of the newest", () => {
    const answers = told("velocity", [pay("p-1", 100_000), pay("p-2", 40_000), pay("p-3", 40_001)]);
    expect(answers.map(({ outputs }) => /"velocity":\d/.exec(String(outputs[0]?.[3]))?.[0])).toEqual([
      '"velocity":1',
      '"velocity":1',
      '"velocity":2',
    ]);
  });

  test("risk is high from velocity 5 or from 100,000 cents", () => {
    const answers = told("velocity", [
      pay("p-0", 0, 99_999),
      pay("p-1", 1, 100_000),
      ...[2, 3, 4].map((at) => pay(`p-${at}`, at)),
    ]);
    expect(answers.map(({ outputs }) => /"risk":"(.*)"/.exec(String(outputs[0]?.[4]))?.[1])).toEqual([
      "low",
      "high",
      "low",
      "low",
      "high",
    ]);
  });

  test("poison has no effect", () => {
    const poison = [
      null,
      "",
      "{",
      "[]",
      "null",
      '"p-1"',
      { ...pay("p-1", 1), at: "1" },
      { ...pay("p-1", 1), amount: 0.5 },
    ];
    expect(told("velocity", [...poison, { id: "p-1" }])).toEqual(Array.from({ length: poison.length + 1 }, () => none));
  });
});

describe("stage settlement", () => {
  test("opens a window, adds to it, and closes it once newest is 15 seconds past its start", () => {
    const answers = told("settlement", [pay("p-1", 12_000, 7), pay("p-2", 11_000, 4), pay("p-3", 25_000, 1)]);
    expect(answers).toEqual([
      {
        outputs: [
          [
            0,
            "settlements",
            "m-1",
            '{"kind":"open","merchant":"m-1","window":10000,"id":"p-1","n":1,"t":7}',
            '{"kind":"open","merchant":"m-1","window":10000,"id":"p-1","n":1,"t":7,"mean":7}',
          ],
        ],
        changes: [
          ["m-1@10000", '{"n":1,"t":7}', '{"n":1,"t":7,"closesAt":25000}'],
          ["#newest", '{"newest":12000}', '{"newest":12000}'],
        ],
      },
      {
        outputs: [
          [
            0,
            "settlements",
            "m-1",
            '{"kind":"open","merchant":"m-1","window":10000,"id":"p-2","n":2,"t":11}',
            '{"kind":"open","merchant":"m-1","window":10000,"id":"p-2","n":2,"t":11,"mean":5}',
          ],
        ],
        changes: [["m-1@10000", '{"n":2,"t":11}', '{"n":2,"t":11,"closesAt":25000}']],
      },
      {
        outputs: [
          [
            0,
            "settlements",
            "m-1",
            '{"kind":"open","merchant":"m-1","window":20000,"id":"p-3","n":1,"t":1}',
            '{"kind":"open","merchant":"m-1","window":20000,"id":"p-3","n":1,"t":1,"mean":1}',
          ],
          [
            1,
            "settlements",
            "m-1",
            '{"kind":"closed","merchant":"m-1","window":10000,"n":2,"t":11}',
            '{"kind":"closed","merchant":"m-1","window":10000,"n":2,"t":11,"mean":5}',
          ],
        ],
        changes: [
          ["m-1@20000", '{"n":1,"t":1}', '{"n":1,"t":1,"closesAt":35000}'],
          ["#newest", '{"newest":25000}', '{"newest":25000}'],
          ["m-1@10000", null, null],
        ],
      },
    ]);
  });

  test("windows close in order of window, then merchant by code unit", () => {
    const answers = told("settlement", [
      pay("p-1", 11_000, 1, "m-2"),
      pay("p-2", 11_000, 1, "m-10"),
      pay("p-3", 9_000, 1, "m-9"),
      pay("p-4", 30_000),
    ]);
    expect(answers[3]?.outputs.map(([ordinal, , key]) => [ordinal, key])).toEqual([
      [0, "m-1"],
      [1, "m-9"],
      [2, "m-10"],
      [3, "m-2"],
    ]);
  });

  test("a record of a closed window is late and changes nothing", () => {
    expect(told("settlement", [pay("p-1", 25_000), pay("p-2", 19_999, 3)])[1]).toEqual({
      outputs: [
        [
          0,
          "settlements",
          "m-1",
          '{"kind":"late","merchant":"m-1","window":10000,"id":"p-2","n":1,"t":3}',
          '{"kind":"late","merchant":"m-1","window":10000,"id":"p-2","n":1,"t":3,"mean":3}',
        ],
      ],
      changes: [],
    });
  });
});

describe("state bytes", () => {
  // Avro: long 1 is 0x02, long 10 is 0x14, a string is its length and its bytes, an array is a count, items and 0.
  const account = bytes(0x02, 0x06, "p-1", 0x0a, 0x00, 0x02, 0x14, 0x0a);
  const accountText = '{"recent":[{"id":"p-1","at":5}],"n":1,"t":10,"lastAt":5';

  test("an account's state reads in both schemas", () => {
    expect([
      velocity.changelog(utf8("a-1"), bytes(1, account)),
      velocity.changelog(utf8("a-1"), bytes(2, account, 0x02, 0x02)),
    ]).toEqual([
      { kind: "state", key: "a-1", schema: "1", state: `${accountText}}` },
      { kind: "state", key: "a-1", schema: "2", state: `${accountText},"seen":1}` },
    ]);
  });

  test("a window, #newest, a removal and a position read", () => {
    expect([
      settlement.changelog(utf8("m-1@10000"), bytes(1, 0x02, 0x0e)),
      settlement.changelog(utf8("m-1@10000"), bytes(2, 0x02, 0x0e, 0x02, 0xd0, 0x86, 0x03)),
      settlement.changelog(utf8("#newest"), bytes(2, 0x14)),
      settlement.changelog(utf8("m-1@10000"), null),
      settlement.changelog(bytes(0, 0), utf8('{"next":17,"commit":3}')),
    ]).toEqual([
      { kind: "state", key: "m-1@10000", schema: "1", state: '{"n":1,"t":7}' },
      { kind: "state", key: "m-1@10000", schema: "2", state: '{"n":1,"t":7,"closesAt":25000}' },
      { kind: "state", key: "#newest", schema: "2", state: '{"newest":10}' },
      { kind: "state", key: "m-1@10000", schema: "", state: null },
      { kind: "position", nextOffset: 17, commit: 3 },
    ]);
  });

  test.each([
    ["no byte", bytes()],
    ["an unknown version byte", bytes(3, account)],
    ["a byte too few", bytes(1, account.subarray(0, -1))],
    ["a byte too many", bytes(1, account, 0)],
  ])("%s is refused", (_, value) => {
    expect(() => velocity.changelog(utf8("a-1"), value)).toThrow();
  });

  test("an output that is not a JSON object is refused, another is its own text", () => {
    expect(velocity.output(utf8('{"id":"p-1"}'))).toBe('{"id":"p-1"}');
    expect(() => velocity.output(utf8("[1]"))).toThrow("JSON object");
    expect(() => velocity.output(bytes(0xff))).toThrow();
  });
});

describe("checkpoint files", () => {
  const sized = (part: Uint8Array): Uint8Array => bytes(0, 0, 0, part.length, part);
  const entries = bytes(
    sized(utf8("#newest")),
    sized(bytes(1, 0x14)),
    sized(utf8("m-1@10000")),
    sized(bytes(1, 0x02, 0x0e)),
  );
  const file = (header: object, rest = entries): Uint8Array => {
    const sha256 = createHash("sha256").update(rest).digest("hex");
    const label = { format: 1, schema: "1", inputNext: 9, changelogNext: 30, commit: 4, entries: 2, sha256, ...header };
    return bytes(`${JSON.stringify(label)}\n`, rest);
  };

  test("a file reads as its label and entries", () => {
    expect(settlement.checkpoint(file({}))).toEqual({
      inputNext: 9,
      changelogNext: 30,
      schema: "1",
      entries: new Map([
        ["#newest", '{"newest":10}'],
        ["m-1@10000", '{"n":1,"t":7}'],
      ]),
    });
  });

  test("entries of an older schema read in the file's schema, the added field derived", () => {
    expect(settlement.checkpoint(file({ schema: "2" })).entries).toEqual(
      new Map([
        ["#newest", '{"newest":10}'],
        ["m-1@10000", '{"n":1,"t":7,"closesAt":25000}'],
      ]),
    );
  });

  test.each([
    ["an empty file", bytes()],
    ["a file cut in its label", file({}).subarray(0, 20)],
    ["a file cut in its entries", file({}).subarray(0, -1)],
    ["a flipped byte", bytes(file({}).subarray(0, -1), 0x10)],
    ["another format", file({ format: 2 })],
    ["another count", file({ entries: 3 })],
    ["an entry beyond the end", file({}, entries.subarray(0, -2))],
  ])("%s is refused", (_, broken) => {
    expect(() => settlement.checkpoint(broken)).toThrow();
  });
});
