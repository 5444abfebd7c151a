import * as fc from "fast-check";
import { expect, test } from "vitest";
import { offset, partition, seq } from "../model/brand.ts";
import type { LogBatch } from "../model/log.ts";
import { contentOf, readHeader, sealBlock } from "./block.ts";
import { readBytes, beginBytes } from "./bytes.ts";
import { readColumn, writeColumn } from "./column.ts";
import { decodeEvents, decodeManifest, encodeEvents } from "./events.ts";
import { decodeFrames, encodeFrames } from "./frames.ts";
import { contents } from "./recorded.fixture.ts";

const place = { topic: "topic", partition: 3 };
const whole = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: -2, max: 300 }));
const any = fc.oneof(whole, fc.double());

test("whole numbers come back as they were written, and reading past the end is told", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 })), fc.maxSafeNat(), (numbers, large) => {
      const to = beginBytes();
      for (const number of numbers) to.zigzag(number);
      to.varint(large);
      const from = readBytes(to.written());
      expect([numbers.map(() => from.zigzag()), from.varint(), from.broken()]).toEqual([numbers, large, false]);
      expect([from.varint(), from.broken()]).toEqual([0, true]);
    }),
  );
});

test("a column of any numbers at all comes back bit for bit, whatever was predicted", () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(whole), fc.array(any)), any, (numbers, predicted) => {
      const to = beginBytes();
      writeColumn(to, numbers, () => predicted);
      const into = new Float64Array(numbers.length);
      expect(readColumn(readBytes(to.written()), into, () => predicted)).toBe(true);
      expect([...into]).toEqual(numbers);
    }),
  );
});

test("a column whose numbers are all as predicted takes two bytes", () => {
  const to = beginBytes();
  writeColumn(to, new Float64Array(10_000).fill(7), () => 7);
  expect([...to.written()]).toEqual([1, 0]);
});

const part = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null });
const record = fc.record({ key: part, value: part, headers: part, skip: fc.nat({ max: 3 }), timestamp: any });
const batch = fc
  .record({
    base: fc.nat(),
    beyond: fc.nat({ max: 4 }),
    numbers: fc.tuple(whole, whole, whole, whole, whole, whole),
    transactional: fc.boolean(),
    control: fc.boolean(),
    records: fc.array(record, { maxLength: 6 }),
  })
  .map(({ base, beyond, numbers, transactional, control, records }): Omit<LogBatch, "seq"> => {
    const parts = records.flatMap(({ key, value, headers }) => [key, value, headers]);
    const bytes = Uint8Array.from(parts.flatMap((one) => [...(one ?? [])]));
    const cuts = [
      new Int32Array(2 * records.length),
      new Int32Array(2 * records.length),
      new Int32Array(2 * records.length),
    ];
    let at = 0;
    for (const [i, one] of parts.entries()) {
      const into = cuts[i % 3];
      const record = Math.floor(i / 3);
      if (into !== undefined) [into[2 * record], into[2 * record + 1]] = one === null ? [0, -1] : [at, at + one.length];
      at += one?.length ?? 0;
    }
    const [keyAt = new Int32Array(), valueAt = new Int32Array(), headersAt = new Int32Array()] = cuts;
    let next = base;
    const offsets = Float64Array.from(records, ({ skip }) => (next += skip + 1) - 1);
    const [highWatermark, lastStableOffset, producerId, producerEpoch, baseSequence, leaderEpoch] = numbers;
    return {
      topic: place.topic,
      partition: partition(place.partition),
      highWatermark: offset(highWatermark),
      lastStableOffset: offset(lastStableOffset),
      baseOffset: offset(base),
      lastOffset: offset(next + beyond),
      transactional,
      control,
      producerId,
      producerEpoch,
      baseSequence,
      leaderEpoch,
      count: records.length,
      offsets,
      timestamps: Float64Array.from(records, ({ timestamp }) => timestamp),
      keyAt,
      valueAt,
      headersAt,
      bytes,
    };
  });

test("frames come back with everything that a batch holds", () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 8 }), fc.nat(), (batches, first) => {
      const numbered = batches.map((one, i): LogBatch => ({ ...one, seq: seq(first + 3 * i) }));
      const decoded = decodeFrames(encodeFrames(numbered), place);
      if (typeof decoded === "string") throw new Error(decoded);
      expect([...decoded.all()].map(contents)).toEqual(numbered.map(contents));
      expect([...decoded.seqs]).toEqual(numbered.map((one) => one.seq));
    }),
  );
});

test("no bytes make the decoders of contents throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(batch, { maxLength: 3 }),
      fc.nat(),
      (bytes, batches, at) => {
        const harmed = encodeFrames(batches.map((one, i): LogBatch => ({ ...one, seq: seq(i) }))).slice();
        harmed[at % harmed.length] = bytes.length;
        for (const content of [bytes, harmed]) {
          const frames = decodeFrames(content, place);
          if (typeof frames !== "string") expect([...frames.all()].length).toBe(frames.seqs.length);
          decodeEvents(content);
          decodeManifest(content);
        }
      },
    ),
  );
});

test("a block of events holds their text and how far each log is written", () => {
  const manifest = new Map([
    ["a-0.log", 7],
    ["a.b-12.log", 0],
  ]);
  const lines = ['{"seq":7,"at":1,"kind":"time-zero"}', '{"seq":9,"at":2.5,"kind":"run-phase","phase":"über\\n"}'];
  const content = encodeEvents(manifest, lines);
  expect(decodeEvents(content)).toEqual(lines.map((line): unknown => JSON.parse(line)));
  const parts = decodeManifest(content);
  expect(typeof parts === "string" ? parts : parts.manifest).toEqual(manifest);
  expect(decodeEvents(encodeEvents(new Map(), []))).toEqual([]);
});

test("a block's header and content come back; a header with any bit changed is none", () => {
  const content = fc.uint8Array({ maxLength: 500 });
  fc.assert(
    fc.property(content, fc.nat({ max: 1000 }), fc.nat({ max: 72 * 8 - 1 }), (content, number, bit) => {
      const meaning = {
        history: 5,
        file: 6,
        items: 2,
        after: number,
        firstSeq: number + 1,
        lastSeq: number + 9,
        from: number,
        next: number * 2,
      };
      const { header, body } = sealBlock(meaning, content);
      const read = readHeader(header);
      expect(read).toMatchObject(meaning);
      expect(read === null ? null : contentOf(read, body)).toEqual(Buffer.from(content));
      header[bit >> 3] = (header[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readHeader(header)).toBe(null);
    }),
  );
});
