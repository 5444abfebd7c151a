import type { Kind } from "../model.ts";
import { nameOf } from "../edits.ts";
import { one, placesIn, type Written } from "../places.ts";
import { readHeaders, writeHeaders } from "../wire/headers.ts";
import { headerOf, headersWith, onOutput, replace, same, type Target } from "./target.ts";

const text = new TextDecoder();
const bytesOf = (words: string): Uint8Array => new TextEncoder().encode(words);
/**
 * The cause of an output without a header is found by what it says. One that says something else answers nothing: then its own
 * effect is missing, and the verdict may be unknown (docs/writing-a-pipeline.md).
 */
const unlike = ["EO4", "EO3", "EO2", "OF2", "CK3", "unknown"] as const;
const byContent = { silent: unlike, "newer-transactions": unlike, "at-least-once": unlike } as const;

/** Another key has another partition, unless chance has it that both share one. */
const byPlace = [...unlike, "PT1"] as const;

/** What outputs say. */
export const valueKinds: readonly Kind[] = [
  onOutput({
    name: "value-changed",
    what: "A number in a committed output's value is one more than it was.",
    must: ["EO4"],
    but: byContent,
    plant(target) {
      const value = withOtherNumber(target);
      if (value === null) return false;
      replace(target, target.written, () => ({ value }));
      return true;
    },
  }),
  onOutput({
    name: "values-swapped",
    what: "Two committed outputs of different keys have each other's value.",
    must: ["EO4"],
    but: byContent,
    plant(target) {
      const { history, written } = target;
      const other = one(
        target.draw,
        placesIn(history).outputs.filter(
          ({ log, key, value }) =>
            nameOf(log) === nameOf(written.log) && !same(key, written.key) && !same(value, written.value),
        ),
      );
      if (other === null) return false;
      replace(target, written, () => ({ value: other.value }));
      replace(target, other, () => ({ value: written.value }));
      return true;
    },
  }),
  ...(
    [
      ["value-not-decodable", "A committed output's value is cut off.", (own) => own.subarray(0, own.length - 1)],
      ["value-null", "A committed output is a tombstone where a value is due.", () => null],
      ["value-text-null", "A committed output says `null` where a value is due.", () => bytesOf("null")],
      ["value-empty", "A committed output's value is empty.", () => new Uint8Array()],
    ] satisfies readonly (readonly [string, string, (own: Uint8Array) => Uint8Array | null])[]
  ).map(([name, what, change]) =>
    onOutput({
      name,
      what,
      row: 12,
      must: ["EO4"],
      but: byContent,
      plant(target) {
        const { value } = target.record;
        if (value === null) return false;
        replace(target, target.written, () => ({ value: change(value) }));
        return true;
      },
    }),
  ),
  ...(
    [
      ["key-changed", "A committed output has another output's key.", otherKey],
      ["key-null", "A committed output has no key.", () => null],
      ["key-empty", "A committed output has the empty key.", () => new Uint8Array()],
      [
        "key-not-utf8",
        "A byte of a committed output's key is not UTF-8.",
        (own) => Uint8Array.of(0xff, ...own.subarray(1)),
      ],
    ] satisfies readonly (readonly [string, string, (own: Uint8Array, target: Target) => Uint8Array | null])[]
  ).map(([name, what, change]) =>
    onOutput({
      name,
      what,
      row: 12,
      must: ["EO4"],
      but:
        name === "key-changed"
          ? { silent: byPlace, "newer-transactions": byPlace, "at-least-once": byPlace }
          : byContent,
      plant(target) {
        const { key } = target.record;
        const changed = key === null || key.length === 0 ? key : change(key, target);
        if (same(key, changed)) return false;
        replace(target, target.written, () => ({ key: changed }));
        return true;
      },
    }),
  ),
  ...[1, -1].map((by) =>
    onOutput({
      name: `cause-shifted-by-${by === 1 ? "one" : "minus-one"}`,
      what: `An output names the source record ${by === 1 ? "after" : "before"} its own.`,
      must: ["EO1", "EO2", "EO3", "EO4"],
      needs: "outputs that name their causes",
      plant(target) {
        const { cause, ordinal } = target.written;
        if (headerOf(target.record, "rp-source") === null || cause === null || cause.offset + by < 0) return false;
        const words = `${nameOf(cause)}@${cause.offset + by}#${ordinal}`;
        replace(target, target.written, (own) => headersWith(own, "rp-source", words));
        return true;
      },
    }),
  ),
  onOutput({
    name: "ordinal-changed",
    what: "An output says that it is a later one of its cause's.",
    must: ["EO2", "EO3", "EO4"],
    needs: "outputs that name their causes",
    plant(target) {
      const { cause, ordinal } = target.written;
      if (headerOf(target.record, "rp-source") === null || cause === null) return false;
      const words = `${nameOf(cause)}@${cause.offset}#${ordinal + 7}`;
      replace(target, target.written, (own) => headersWith(own, "rp-source", words));
      return true;
    },
  }),
  onOutput({
    name: "cause-of-an-aborted-record",
    what: "A committed output names an aborted record as its cause.",
    must: ["TX2", "EO3"],
    needs: "outputs that name their causes, and aborted source records",
    plant(target) {
      const { history, written, draw, record } = target;
      const { cause } = written;
      const stage = history.description.stages.find(({ sources }) => cause !== null && sources.includes(cause.topic));
      if (headerOf(record, "rp-source") === null || cause === null || stage === undefined) return false;
      const offset = one(draw, history.known.aborted(stage.name, cause.partition));
      if (offset === null) return false;
      const words = `${nameOf(cause)}@${offset}#${written.ordinal}`;
      replace(target, written, (own) => headersWith(own, "rp-source", words));
      return true;
    },
  }),
  onOutput({
    name: "cause-not-named",
    what: "A committed output has lost the header that names its cause.",
    must: ["unknown", "EO2", "EO4"],
    needs: "outputs that name their causes",
    plant(target) {
      if (headerOf(target.record, "rp-source") === null) return false;
      const headers = writeHeaders(readHeaders(target.record.headers).filter(({ name }) => name !== "rp-source"));
      replace(target, target.written, () => ({ headers }));
      return true;
    },
  }),
  ...(
    [
      ["format-changed", "An output's writer claims the other format.", ["EO4"], 3, (own) => (own === "1" ? "2" : "1")],
      [
        "writer-of-another-version",
        "An output's writer claims the other version.",
        ["HZ1", "EO4", "UP5", "unknown"],
        2,
        (own) => (own === "v1" ? "v2" : "v1"),
      ],
      [
        "writer-that-never-ran",
        "An output's writer claims an incarnation that never ran.",
        ["HZ1", "FE1", "unknown"],
        1,
        () => "99",
      ],
    ] satisfies readonly (readonly [string, string, readonly string[], number, (own: string) => string])[]
  ).map(([name, what, must, place, change]) =>
    onOutput({
      name,
      what,
      must,
      needs: "outputs that name their writers",
      plant(target) {
        const writer = headerOf(target.record, "rp-writer")?.split("/");
        if (writer === undefined) return false;
        const words = writer.map((own, i) => (i === place ? change(own) : own)).join("/");
        replace(target, target.written, (own) => headersWith(own, "rp-writer", words));
        return true;
      },
    }),
  ),
];

/** The JSON value with one of its numbers one higher; null: it holds none. */
function withOtherNumber({ draw, record }: Target): Uint8Array | null {
  const parsed: Readonly<Record<string, unknown>> | null = record.value === null ? null : objectIn(record.value);
  const numbers = Object.entries(parsed ?? {}).flatMap(([name, value]) =>
    typeof value === "number" ? [{ name, value }] : [],
  );
  const chosen = one(draw, numbers);
  return chosen === null ? null : bytesOf(JSON.stringify({ ...parsed, [chosen.name]: chosen.value + 1 }));
}

/** The value with another payment's id, one that nobody sent. */
export function otherPayment(value: Uint8Array | null): Uint8Array | null {
  return value === null ? null : bytesOf(text.decode(value).replace(/"p-\d+"/, '"p-999999"'));
}

function objectIn(value: Uint8Array): Readonly<Record<string, unknown>> {
  return Object(JSON.parse(text.decode(value)));
}

function otherKey(own: Uint8Array, { history, draw, written }: Target): Uint8Array | null {
  const others = placesIn(history).outputs.filter(
    ({ log, key }: Written) => log.topic === written.log.topic && key !== null && !same(key, own),
  );
  return one(draw, others)?.key ?? own;
}
