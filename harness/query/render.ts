import { printable } from "../base/did-you-mean.ts";
import type { Answer, Value } from "./ask.ts";

const cellMax = 60;

/** An answer as aligned text, `shownMax` rows at most: values come from members and logs, so nothing in them steers a terminal. */
export function* tableLines({ columns, rows }: Answer, shownMax: number): Generator<string> {
  const cells: (readonly string[])[] = [];
  let more = 0;
  for (const row of rows())
    if (cells.length < shownMax) cells.push(row.map(shown));
    else more += 1;
  const numbers = columns.map((_, i) => cells.every((row) => /^(-?\d+(\.\d+)?)?$/.test(row[i] ?? "")));
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (numbers[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  yield line(columns.map((name) => printable(name)));
  yield widths.map((width) => "─".repeat(width)).join("  ");
  for (const row of cells) yield line(row);
  yield `${cells.length + more} row${cells.length + more === 1 ? "" : "s"}${more > 0 ? `, ${more} not shown: add LIMIT, or --json for all` : ""}`;
}

/** An answer as JSON, one object a row: bytes as `{ "hex": … }`. */
export function* jsonLines({ columns, rows }: Answer): Generator<string> {
  for (const row of rows())
    yield JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, jsonOf(row[i] ?? null)])));
}

function jsonOf(value: Value): unknown {
  if (value instanceof Uint8Array) return { hex: hexOf(value) };
  return typeof value === "bigint" ? value.toString() : value;
}

function shown(value: Value): string {
  if (value === null) return "";
  if (value instanceof Uint8Array) return printable(`x'${hexOf(value.subarray(0, cellMax))}'`);
  return printable(String(value));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
