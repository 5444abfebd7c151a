import { expect, test } from "vitest";
import { canonicalJson } from "../base/json.ts";
import { verdictJsonSchema } from "./schema.ts";

const file = `${import.meta.dirname}/../../docs/verdict.schema.json`;

test("the JSON Schema of verdict.json is current (npx vitest run harness/verdict/schema.test.ts -u writes it)", async () => {
  await expect(canonicalJson(verdictJsonSchema())).toMatchFileSnapshot(file);
});
