import { z } from "zod";
import type { Json } from "../model/event.ts";

/** zod at the one border where a scenario's params become `P`. */
export interface ParamsBorder<P> {
  readonly paramsSchema: Json;
  parseParams(params: unknown): P;
}

/** JSON Schema and parser of one strictObject. The thrown message names each wrong key. */
export function paramsOf<P>(schema: z.ZodType<P>): ParamsBorder<P> {
  return {
    paramsSchema: z.json().parse(z.toJSONSchema(schema, { io: "input" })),
    parseParams(params) {
      const result = schema.safeParse(params);
      if (result.success) return result.data;
      throw new Error(
        result.error.issues
          .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`))
          .join("; "),
      );
    },
  };
}

/** No params. */
export const noParams = z.strictObject({});

/** Which way of a link is injured. `to-broker`: requests; `to-member`: answers. */
export const direction = z.enum(["both", "to-broker", "to-member"]);
export type Direction = z.infer<typeof direction>;

/** The single ways that a direction stands for. */
export function waysOf(chosen: Direction): readonly ("to-broker" | "to-member")[] {
  return chosen === "both" ? ["to-broker", "to-member"] : [chosen];
}
