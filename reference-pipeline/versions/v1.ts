/** Release v1 of the job: state schema 1, output format 1. It knows no flag. */
import type { Version } from "../core/version.ts";
import { codecOf } from "./codec.ts";

export const v1: Version = {
  name: "v1",
  schema: "1",
  format: () => "1",
  ...codecOf("1", () => ({})),

  accepted: ({ id, account, merchant, amount, at }, velocity, { n, t }) =>
    JSON.stringify({ id, account, merchant, amount, at, velocity, n, t }),

  settled: ({ kind, merchant, window, id, n, t }) =>
    JSON.stringify(id === null ? { kind, merchant, window, n, t } : { kind, merchant, window, id, n, t }),
};
