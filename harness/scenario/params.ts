import { z } from "zod";
import { didYouMean, display } from "../base/did-you-mean.ts";
import type { Path } from "../base/source-text.ts";
import { isRange } from "../model/scenario.ts";
import type { FaultEntry } from "./catalogues.ts";
import { drawn, duration, whole } from "./forms.ts";

/** A fault kind's params as a scenario file writes them: `latency: 200ms` for the param latencyMs. */
export interface ParamForm {
  /** The key in the file. */
  readonly key: string;
  /** The name of the param. */
  readonly param: string;
  readonly form: "duration" | "whole" | "other";
}

const paramsSchemaShape = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ type: z.unknown().optional() })).default({}),
});

/** The params that the kind takes, from its own JSON Schema. */
export function paramForms(fault: FaultEntry): readonly ParamForm[] {
  const { properties } = paramsSchemaShape.parse(fault.paramsSchema);
  return Object.entries(properties).map(([param, { type }]) => {
    const isNumber = type === "integer" || type === "number";
    if (param.endsWith("Ms") && isNumber) return { key: kebab(param.slice(0, -2)), param, form: "duration" };
    return { key: kebab(param), param, form: isNumber ? "whole" : "other" };
  });
}

export interface ReadParams {
  /** Params by their own names; numbers may be ranges. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Relative to the params' mapping; `on: "key"` points at the key. */
  readonly problems: readonly { readonly path: Path; readonly on: "key" | "value"; readonly message: string }[];
}

/** A fault's own chance, where the file does not give it: drawn by the plan, like any range. */
const anySeed = { min: 0, max: 999_999 };

/** The file's params in the kind's own names (a `seed` is added to those that take one), checked by the kind's own parser at both ends of every range. */
export function readParams(fault: FaultEntry, written: Readonly<Record<string, unknown>>): ReadParams {
  const forms = paramForms(fault);
  const problems: ReadParams["problems"][number][] = [];
  const params: Record<string, unknown> = forms.some(({ param }) => param === "seed") ? { seed: anySeed } : {};
  for (const [key, value] of Object.entries(written)) {
    const form = forms.find((one) => one.key === key);
    if (form === undefined) {
      const known = forms.map((one) => one.key);
      const takes = known.length === 0 ? `${fault.kind} takes none` : `${fault.kind} takes ${known.join(", ")}`;
      const message = `unknown parameter ${display(key)}.${didYouMean(key, known)} A ${takes}`;
      problems.push({ path: [key], on: "key", message });
      continue;
    }
    const read = valueForm(form).safeParse(value);
    if (read.success) params[form.param] = read.data;
    else problems.push({ path: [key], on: "value", message: expectation(form) });
  }
  if (problems.length > 0) return { params, problems };
  for (const end of ["min", "max"] as const) {
    try {
      fault.parseParams(atEnd(params, end));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { params, problems: [{ path: [], on: "value", message }] };
    }
  }
  return { params, problems };
}

function valueForm(form: ParamForm): z.ZodType {
  if (form.form === "duration") return drawn(duration);
  return form.form === "whole" ? drawn(whole(0, Number.MAX_SAFE_INTEGER)) : z.unknown();
}

function expectation({ key, form }: ParamForm): string {
  const one = form === "duration" ? "a duration such as 200ms or 2s" : "a whole number";
  return `${key}: expected ${one}, or [least, most] of it`;
}

function atEnd(params: Readonly<Record<string, unknown>>, end: "min" | "max"): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, isRange(value) ? value[end] : value]));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
