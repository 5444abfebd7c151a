import { z } from "zod";
import type { Range } from "../model/scenario.ts";

/** The forms in which a scenario file says quantities: a number with its unit, or `[least, most]` drawn from the seed. */

const durationPattern = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/;
const unitMs = { ms: 1, s: 1_000, m: 60_000 };
const hourMs = 3_600_000;

/** `600ms`, `2s`, `1.5s`, `2m` → whole milliseconds; null: not a duration, or above an hour. */
function durationMs(text: string): number | null {
  const [, number, unit] = durationPattern.exec(text) ?? [];
  if (number === undefined || (unit !== "ms" && unit !== "s" && unit !== "m")) return null;
  const ms = Math.round(Number(number) * unitMs[unit]);
  return ms <= hourMs ? ms : null;
}

const durationExpected = "expected a duration with its unit, at most one hour, such as 600ms, 2s or 1.5s";

/** Milliseconds from a duration text. */
export const duration = z
  .string({ error: durationExpected })
  .regex(durationPattern, { error: durationExpected, abort: true })
  .transform((text, check) => {
    const ms = durationMs(text);
    if (ms !== null) return ms;
    check.issues.push({ code: "custom", input: text, message: durationExpected });
    return z.NEVER;
  })
  .meta({ description: "A duration: 600ms, 2s, 1.5s, 2m" });

/** 0..100 from `4%`. */
export const percent = z
  .string({ error: "expected a percentage such as 4%" })
  .regex(/^(?:100|\d{1,2}(?:\.\d{1,2})?)%$/, { error: "expected a percentage from 0% to 100%, such as 4% or 0.5%" })
  .transform((text) => Number(text.slice(0, -1)))
  .meta({ description: "A percentage of the inputs: 4%" });

/** The value, or a pair of which the plan draws one in between. */
export function drawn(value: z.ZodType<number>): z.ZodType<number | Range> {
  const pair = z
    .tuple([value, value])
    .refine(([min, max]) => min <= max, { error: "the first of [least, most] is above the second" })
    .transform(([min, max]) => ({ min, max }));
  return z.union([value, pair]);
}

/** Whole number from `min` to `max`. */
export function whole(min: number, max: number): z.ZodType<number> {
  return z.int().min(min).max(max);
}
