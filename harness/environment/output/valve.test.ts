import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import type { OutputLimits } from "./limits.ts";
import { beginAllowance, beginValve } from "./valve.ts";

const limits: OutputLimits = {
  bytesPerSecond: 100,
  burstBytes: 400,
  lineBytes: 50,
  logBytes: 1_000,
  readBytesPerSecond: 1_000,
};

/** What is kept of chunks that come at these times, as text, and the bytes dropped. */
function pass(chunks: readonly { readonly text: string; readonly atMs: number }[], of = limits) {
  const valve = beginValve(of, beginAllowance(of));
  let kept = "";
  let dropped = 0;
  for (const { text, atMs } of chunks) {
    const passed = valve.pass(Buffer.from(text), atMs);
    for (const piece of passed.kept) kept += piece.toString("latin1");
    dropped += passed.droppedBytes;
  }
  for (const piece of valve.end()) kept += piece.toString("latin1");
  return { kept, dropped };
}

const line = `${"x".repeat(19)}\n`;

test("output within its limits is kept as it is", () => {
  const chunks = [line.repeat(3), "ab", "c\n", "\n", "no end"].map((text) => ({ text, atMs: 0 }));
  expect(pass(chunks)).toEqual({ kept: `${line.repeat(3)}abc\n\nno end`, dropped: 0 });
});

test("of a line that is too long the beginning is kept, the next line is whole again", () => {
  const found = pass([
    { text: "y".repeat(40), atMs: 0 },
    { text: `${"y".repeat(40)}\nnext\n`, atMs: 0 },
  ]);
  const note = " [rollproof: 31 bytes of this line dropped: longer than 50 bytes]\n";
  expect(found).toEqual({ kept: `${"y".repeat(50)}${note}next\n`, dropped: 31 });
});

test("a line that never ends costs no more than its beginning, and the end says how much was dropped", () => {
  const chunks = Array.from({ length: 1_000 }, (_, i) => ({ text: "z".repeat(100), atMs: i }));
  const note = " [rollproof: 99950 bytes of this line dropped: longer than 50 bytes]\n";
  expect(pass(chunks)).toEqual({ kept: `${"z".repeat(50)}${note}`, dropped: 99_950 });
});

test("a flood is dropped line by line, until there is room again", () => {
  const found = pass([
    { text: line.repeat(30), atMs: 0 }, // 400 of 600 bytes
    { text: line.repeat(10), atMs: 500 },
    { text: `${line}after\n`, atMs: 1_500 },
  ]);
  const note = "[rollproof: 420 bytes dropped here: more than 100 bytes a second]\n";
  expect(found).toEqual({ kept: `${line.repeat(20)}${note}after\n`, dropped: 420 });
});

test("what is kept are lines of the process, cut lines and notes, of a bounded size, and every byte is kept or counted", () => {
  const chunk = record({
    size: integer({ min: 1, max: 300 }),
    atMs: integer({ min: 0, max: 300 }),
    end: constantFrom("\n", "", "\n\n"),
  });
  assert(
    property(array(chunk, { maxLength: 30 }), (drawn) => {
      let now = 0;
      const chunks = drawn.map(({ size, atMs, end }, i) => {
        now += atMs;
        return { text: String.fromCodePoint(97 + (i % 26)).repeat(size) + end, atMs: now };
      });
      const all = chunks.map(({ text }) => text).join("");
      const { kept, dropped } = pass(chunks);
      const own = kept.replaceAll(/ ?\[rollproof: [^\]]*\]\n/g, "\n");
      const letters = (text: string): number => text.replaceAll("\n", "").length;
      const lines = all.split("\n");
      expect(own.length).toBeLessThanOrEqual(400 + now / 10 + kept.split("[rollproof").length * 2);
      expect(letters(all) - letters(own)).toBeLessThanOrEqual(dropped);
      for (const one of own.split("\n")) {
        expect(one.length).toBeLessThanOrEqual(50);
        expect(lines.some((whole) => whole.startsWith(one))).toBe(true);
      }
    }),
  );
});
