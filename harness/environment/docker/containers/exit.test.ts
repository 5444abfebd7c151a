import { expect, test } from "vitest";
import type { Exit } from "../../../model/environment.ts";
import { exitOfStatus } from "./exit.ts";

test.each<[number, Exit, string]>([
  [0, { code: 0, signal: null }, "an end in good order"],
  [1, { code: 1, signal: null }, "a failure"],
  [137, { code: null, signal: "SIGKILL" }, "killed"],
  [139, { code: null, signal: "SIGSEGV" }, "a fault of its own"],
  [143, { code: 143, signal: null }, "a JVM after SIGTERM, which no first process dies of without a handler"],
])("a container's status %i is %o: %s", (status, exit) => {
  expect(exitOfStatus(status)).toEqual(exit);
});
