import { array, assert, constantFrom, integer, property, tuple, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { beginDemux } from "./demux.ts";

function frameOf(of: "stdout" | "stderr", payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = of === "stdout" ? 1 : 2;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

test("both streams are taken apart, wherever their frames are cut", () => {
  const frame = tuple(constantFrom("stdout" as const, "stderr" as const), uint8Array({ maxLength: 20 }));
  assert(
    property(array(frame), array(integer({ min: 1, max: 30 }), { minLength: 1 }), (frames, cuts) => {
      const all = Buffer.concat(frames.map(([of, payload]) => frameOf(of, payload)));
      const demux = beginDemux();
      const found = { stdout: "", stderr: "" };
      for (let at = 0, i = 0; at < all.length; i += 1) {
        const size = cuts[i % cuts.length] ?? 1;
        for (const { of, bytes } of demux(all.subarray(at, at + size))) found[of] += bytes.toString("latin1");
        at += size;
      }
      const due = (wanted: string): string =>
        frames.map(([of, payload]) => (of === wanted ? Buffer.from(payload).toString("latin1") : "")).join("");
      expect(found).toEqual({ stdout: due("stdout"), stderr: due("stderr") });
    }),
  );
});

test("a chunk of very many small frames is taken apart without a deep stack", () => {
  const all = Buffer.concat(Array.from({ length: 100_000 }, () => frameOf("stdout", Buffer.from("\n"))));
  expect(beginDemux()(all)).toHaveLength(100_000);
});

test("what is no frame is refused", () => {
  expect(() => beginDemux()(Buffer.from("plain text"))).toThrow("names a stream 112");
});
