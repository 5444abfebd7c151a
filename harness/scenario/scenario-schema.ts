import { z } from "zod";
import type { Json } from "../model/event.ts";
import type { Catalogues } from "./catalogues.ts";
import { paramForms } from "./params.ts";
import { scenarioSchema } from "./schema.ts";

const document = z.looseObject({
  properties: z.looseObject({
    pipeline: z.looseObject({}),
    mutant: z.looseObject({}),
    expect: z.looseObject({ properties: z.looseObject({ anomalies: z.looseObject({}) }) }),
    faults: z.looseObject({ items: z.looseObject({ properties: z.looseObject({ kind: z.looseObject({}) }) }) }),
  }),
});

const durationText = { type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m)$" };
const wholeNumber = { type: "integer", minimum: 0 };

/** The JSON Schema of scenario files, for editors: the zod schema's own, with the names that the catalogues hold. */
export function schemaForScenario({ faults, pipelines, invariants }: Catalogues): Json {
  const drawn = z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any" });
  const schema = document.parse(JSON.parse(JSON.stringify(drawn)));
  const { properties } = schema;
  const mutants = [...pipelines.values()].flatMap((pipeline) => pipeline.mutants);
  properties.pipeline = { ...properties.pipeline, enum: [...pipelines.keys()] };
  properties.mutant = { enum: [null, "none", ...new Set(mutants)] };
  properties.expect.properties.anomalies = { type: "array", items: { enum: [...invariants] } };
  const { items } = properties.faults;
  items.properties.kind = { type: "string", enum: [...faults.keys()] };
  const perKind = [...faults.values()].map((fault) => ({
    if: { properties: { kind: { const: fault.kind } } },
    // oxlint-disable-next-line unicorn/no-thenable -- `then` is JSON Schema's word, and nobody awaits this
    then: { properties: { params: paramsSchema(fault) } },
  }));
  properties.faults = { ...properties.faults, items: { ...items, oneOf: eitherTrigger, allOf: perKind } };
  return z.json().parse({
    ...schema,
    title: "rollproof scenario",
    description: "The question that a run answers; docs/writing-a-scenario.md explains every key.",
  });
}

const eitherTrigger = [{ required: ["at"] }, { required: ["when"] }];

function paramsSchema(fault: Parameters<typeof paramForms>[0]): object {
  const own = z
    .looseObject({
      properties: z.record(z.string(), z.unknown()).default({}),
      required: z.array(z.string()).default([]),
    })
    .parse(fault.paramsSchema);
  const forms = paramForms(fault);
  const required = forms.filter(({ param }) => own.required.includes(param)).map(({ key }) => key);
  const properties = forms.map(({ key, param, form }) => {
    if (form === "other") return [key, own.properties[param]];
    const one = form === "duration" ? durationText : wholeNumber;
    return [key, { anyOf: [one, { type: "array", minItems: 2, maxItems: 2, items: one }] }];
  });
  return { type: "object", properties: Object.fromEntries(properties), required, additionalProperties: false };
}
