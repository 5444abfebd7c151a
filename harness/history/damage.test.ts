import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { HistoryItem } from "../model/history.ts";
import { canonicalJson } from "../base/json.ts";
import { headerBytes, magic, readHeader, sealBlock } from "./block.ts";
import { beginBytes } from "./bytes.ts";
import { fileId } from "./files.ts";
import { seqOf } from "./item-stream.ts";
import { contents, frame, read, recorded, Scratch, threeRounds } from "./recorded.fixture.ts";

const files = ["events.log", "in-0.log", "out.a-b-0.log"];

/** The three rounds of the fixture, each file held in memory so that it can be harmed and mended. */
class Sample extends Scratch {
  seen: readonly string[] = [];
  readonly originals = new Map<string, Buffer>();

  static async recorded(): Promise<Sample> {
    const sample = new Sample();
    sample.seen = (await recorded(sample.history, threeRounds)).map(textOf);
    for (const name of files) sample.originals.set(name, readFileSync(join(sample.history, name)));
    return sample;
  }
  original(name: string): Buffer {
    return Buffer.from(this.originals.get(name) ?? []);
  }
  write(name: string, bytes: Uint8Array): void {
    writeFileSync(join(this.history, name), bytes);
  }
  mend(name: string): void {
    this.write(name, this.original(name));
  }
  /** Where each block of a file begins, and where the file ends. */
  blocks(name: string): readonly number[] {
    const bytes = this.original(name);
    const begins = [0];
    for (let at = 0; at < bytes.length; begins.push(at))
      at += headerBytes + (readHeader(bytes.subarray(at))?.bodyBytes ?? bytes.length);
    return begins;
  }
}

/** As text, which compares faster than arrays of numbers. */
const textOf = (item: HistoryItem): string => canonicalJson(item.kind === "event" ? item.event : contents(item.batch));
const isPrefix = (items: readonly HistoryItem[], seen: readonly string[]): void =>
  expect(items.map(textOf).join("\n")).toBe(seen.slice(0, items.length).join("\n"));
const seqsOf = (items: readonly HistoryItem[]): readonly number[] => items.map(seqOf);

test("a file cut at any byte leaves what all files have in common, and is named", async () => {
  using sample = await Sample.recorded();
  for (const name of files)
    for (let length = 0; length < sample.original(name).length; length += 1) {
      sample.write(name, sample.original(name).subarray(0, length));
      const { items, end } = read(sample.history);
      isPrefix(items, sample.seen);
      expect(items.length).toBeLessThan(sample.seen.length);
      expect(end.complete).toBe(false);
      expect(end.problems.map(({ file }) => file)).toContain(name);
      sample.mend(name);
    }
}, 180_000);

test("any one byte changed costs one block at most, which is named; what is read is never another item", async () => {
  using sample = await Sample.recorded();
  for (const name of files)
    for (let at = 0; at < sample.original(name).length; at += 1) {
      const bytes = sample.original(name);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      sample.write(name, bytes);
      const { items, end } = read(sample.history);
      expect(items.map(textOf)).toEqual(seqsOf(items).map((seq) => sample.seen[seq]));
      expect(items.length).toBeGreaterThan(0);
      expect(end.complete).toBe(false);
      expect(end.problems.map(({ file }) => file)).toContain(name);
      sample.mend(name);
    }
}, 180_000);

test("a damaged body costs its block: offsets and byte are named, and reading goes on behind it", async () => {
  using sample = await Sample.recorded();
  const name = "out.a-b-0.log";
  const [, second = 0] = sample.blocks(name);
  const bytes = sample.original(name);
  bytes[second + headerBytes + 3] = (bytes[second + headerBytes + 3] ?? 0) ^ 1;
  sample.write(name, bytes);
  const { items, end } = read(sample.history);
  expect(seqsOf(items)).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
  const lost = { topic: "out.a-b", partition: 0, from: 2, to: 3 };
  expect(end.problems).toEqual([
    { file: name, byte: second, what: "A block of 1 items (4 to 4) does not agree with its CRC-32", lost },
    { file: "events.log", byte: 0, what: "run-ended counts 3 events and 5 frames; 3 and 4 were read", lost: null },
  ]);
});

test("a damaged header is told by its neighbours", async () => {
  using sample = await Sample.recorded();
  const name = "out.a-b-0.log";
  const [, second = 0] = sample.blocks(name);
  const bytes = sample.original(name);
  bytes[second + 20] = (bytes[second + 20] ?? 0) ^ 1;
  sample.write(name, bytes);
  const { items, end } = read(sample.history);
  expect(seqsOf(items)).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
  const lost = { topic: "out.a-b", partition: 0, from: 2, to: 3 };
  expect(end.problems[0]).toEqual({ file: name, byte: second, what: "These bytes are no block's header", lost });
});

test("a block of events that is damaged costs its events only", async () => {
  using sample = await Sample.recorded();
  const [, second = 0] = sample.blocks("events.log");
  const bytes = sample.original("events.log");
  bytes[second + headerBytes] = (bytes[second + headerBytes] ?? 0) ^ 1;
  sample.write("events.log", bytes);
  expect(seqsOf(read(sample.history).items)).toEqual([0, 1, 2, 4, 5, 6, 7, 8]);
});

test("blocks in another order, twice, or taken out are named", async () => {
  using sample = await Sample.recorded();
  const name = "out.a-b-0.log";
  const [a = 0, b = 0, c = 0, end = 0] = sample.blocks(name);
  const bytes = sample.original(name);
  const [one, two, three] = [bytes.subarray(a, b), bytes.subarray(b, c), bytes.subarray(c, end)];
  const whats = (...parts: readonly Uint8Array[]): unknown => {
    sample.write(name, Buffer.concat(parts));
    const { items, end } = read(sample.history);
    return [seqsOf(items), end.complete, end.problems.filter(({ file }) => file === name).map(({ what }) => what)];
  };
  const missing = "A block that stood before this one is missing";
  const back = "A block goes back in sequence numbers";
  expect(whats(one, three, two)).toEqual([[0, 1, 2, 3, 5, 6, 7, 8], false, [missing, back]]);
  expect(whats(one, two, two, three)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], false, [back]]);
  expect(whats(one, three)).toEqual([[0, 1, 2, 3, 5, 6, 7, 8], false, [missing]]);
  expect(whats(one, Buffer.from("xyz"), two, three)).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
    false,
    ["These bytes are no block's header"],
  ]);
});

test("a block of another file or of another history is not taken", async () => {
  using sample = await Sample.recorded();
  using other = new Scratch();
  await recorded(join(other.path, "h"), threeRounds);
  sample.write("in-0.log", sample.original("out.a-b-0.log"));
  expect(read(sample.history).end.problems[0]).toEqual({
    file: "in-0.log",
    byte: 0,
    what: "A block belongs to another file",
    lost: { topic: "in", partition: 0, from: 0, to: null },
  });
  sample.write("in-0.log", readFileSync(join(other.path, "h", "in-0.log")));
  const { items, end } = read(sample.history);
  expect(end.problems[0]?.what).toBe("A block belongs to another history");
  expect(items).toEqual([]);
});

test("a log that is gone is named, and what followed its first item is not judged", async () => {
  using sample = await Sample.recorded();
  rmSync(join(sample.history, "in-0.log"));
  const { items, end } = read(sample.history);
  expect(items).toEqual([]);
  expect(end.problems[0]).toEqual({
    file: "in-0.log",
    byte: 0,
    what: "It was written up to item 5 and lacks its end. Only what all files have in common was read: the items below 0",
    lost: { topic: "in", partition: 0, from: 0, to: null },
  });
});

test("files cut each at a byte of its own leave exactly what all of them have in common", async () => {
  using scratch = new Scratch();
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ topic: fc.constantFrom("a", "b", "c"), values: fc.array(fc.string()) }) },
    { weight: 2, arbitrary: fc.constant("event" as const) },
    { weight: 2, arbitrary: fc.constant("flush" as const) },
  );
  const steps = fc.array(step, { minLength: 5, maxLength: 40 });
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, shares, async (steps, shares) => {
      const where = join(scratch.path, String((run += 1)));
      const next = new Map<string, number>();
      const seen = await recorded(where, async (recorder) => {
        for (const step of steps)
          if (step === "flush") await recorder.flush();
          else if (step === "event") recorder.record({ kind: "time-zero" });
          else {
            const base = next.get(step.topic) ?? 0;
            next.set(step.topic, base + step.values.length);
            recorder.recordFrame(
              frame(
                step.topic,
                base,
                step.values.map(() => "value"),
              ),
            );
          }
      });
      const kept = new Map<string, number>();
      for (const [i, name] of readdirSync(where).toSorted().entries()) {
        const bytes = readFileSync(join(where, name));
        const length = Math.floor(bytes.length * (shares[i] ?? 1));
        writeFileSync(join(where, name), bytes.subarray(0, length));
        kept.set(name, wholeBelow(bytes.subarray(0, length)));
      }
      const { items, end } = read(where);
      isPrefix(items, seen.map(textOf));
      for (const item of items) {
        const name = item.kind === "event" ? "events.log" : `${item.batch.topic}-0.log`;
        expect(seqOf(item)).toBeLessThan(kept.get(name) ?? 0);
      }
      expect(end.complete).toBe(shares.slice(0, kept.size).every((share) => share === 1));
    }),
    { numRuns: 150 },
  );
}, 180_000);

/** The seq below which the whole blocks in these bytes go. */
function wholeBelow(bytes: Uint8Array): number {
  let below = 0;
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes.subarray(at));
    if (header === null || at + headerBytes + header.bodyBytes > bytes.length) break;
    below = header.lastSeq + 1;
    at += headerBytes + header.bodyBytes;
  }
  return below;
}

test("a block that is missing its count, too large or a bomb is damage, and takes no memory", async () => {
  using sample = await Sample.recorded();
  const history = readHeader(sample.original("in-0.log"))?.history ?? 0;
  const id = { history, file: fileId("in-0.log"), after: 6 };
  const huge = beginBytes();
  huge.varint(2 ** 40);
  huge.varint(2 ** 40);
  const many = beginBytes();
  many.varint(2 ** 13);
  many.varint(2 ** 19);
  const meaning = { ...id, items: 1, firstSeq: 6, lastSeq: 6, from: 5, next: 6 };
  const bomb = withBody(sealBlock(meaning, new Uint8Array(1000)).header, zstdCompressSync(new Uint8Array(2 ** 30)));
  for (const [{ header, body }, what] of [
    [sealBlock(meaning, huge.written()), "A block claims 1099511627776 frames of 1099511627776 records"],
    [sealBlock(meaning, many.written()), "A block has columns that end too early"],
    [sealBlock(meaning, new Uint8Array(0)), "A block claims 0 frames of 0 records"],
    [bomb, "A block cannot be decompressed"],
  ] as const) {
    sample.mend("in-0.log");
    appendFileSync(join(sample.history, "in-0.log"), Buffer.concat([header, body]));
    const before = process.memoryUsage().rss;
    const { end } = read(sample.history);
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
    expect(end.problems[0]?.what).toContain(what);
  }
}, 180_000);

/** A block with another body under its header, which is sound but for what it claims of its content. */
function withBody(header: Uint8Array, body: Uint8Array): { readonly header: Uint8Array; readonly body: Uint8Array } {
  const view = new DataView(header.buffer);
  view.setUint32(16, body.length, true);
  view.setUint32(20, crc32(body), true);
  view.setUint32(4, crc32(header.subarray(8)), true);
  return { header, body };
}

test("any bytes at all are read without a crash and without being complete", () => {
  using scratch = new Scratch();
  const where = scratch.path;
  const bytes = fc.array(fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constant(magic)), { maxLength: 6 });
  fc.assert(
    fc.property(bytes, bytes, (events, log) => {
      writeFileSync(join(where, "events.log"), Buffer.concat(events));
      writeFileSync(join(where, "t-0.log"), Buffer.concat(log));
      expect(read(where).end.complete).toBe(false);
    }),
  );
});
