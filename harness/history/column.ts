import type { ByteReader, ByteWriter } from "./bytes.ts";

/** What value `i` of a column probably is, told from the values before it and from the columns before it. */
export type Prediction = (i: number) => number;

const varying = 0;
const constant = 1;
const exact = 2;
/** The zigzag doubles a difference, and the result has to be a safe integer. */
const differenceMax = 2 ** 51;

/**
 * A column of numbers as its differences from a prediction: one difference when all are the same, else a varint each.
 * A column that holds anything but whole numbers of a sound size is written out as float64, so that no value is refused.
 */
export function writeColumn(to: ByteWriter, values: ArrayLike<number>, predict: Prediction): void {
  const { length } = values;
  const differences = new Float64Array(length);
  let same = true;
  for (let i = 0; i < length; i += 1) {
    const value = values[i] ?? 0;
    const predicted = predict(i);
    const difference = value - predicted;
    const restored = Number.isInteger(difference) && Object.is(predicted + difference, value);
    if (!restored || Math.abs(difference) > differenceMax) return writeExact(to, values);
    differences[i] = difference;
    if (difference !== differences[0]) same = false;
  }
  to.varint(same ? constant : varying);
  for (let i = 0; i < (same ? Math.min(1, length) : length); i += 1) to.zigzag(differences[i] ?? 0);
}

function writeExact(to: ByteWriter, values: ArrayLike<number>): void {
  to.varint(exact);
  for (let i = 0; i < values.length; i += 1) to.float64(values[i] ?? 0);
}

/** Fills `into`, which the prediction may read as far as it is filled. Gives false for a column that is none. */
export function readColumn(from: ByteReader, into: Float64Array, predict: Prediction): boolean {
  const mode = from.varint();
  if (mode > exact) return false;
  const always = mode === constant && into.length > 0 ? from.zigzag() : 0;
  for (let i = 0; i < into.length && !from.broken(); i += 1)
    if (mode === exact) into[i] = from.float64();
    else into[i] = predict(i) + (mode === varying ? from.zigzag() : always);
  return !from.broken();
}
