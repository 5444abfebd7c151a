import { canonicalJson } from "../harness/base/json.ts";
import type { Reporter } from "../harness/model/reporter.ts";

/** The verdict itself on stdout, for programs. */
export const json: Reporter = {
  name: "json",
  render: (verdict) => [{ path: null, content: canonicalJson(verdict) }],
};
