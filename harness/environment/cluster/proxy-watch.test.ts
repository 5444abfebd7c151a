import { expect, test } from "vitest";
import type { Exit } from "../../model/environment.ts";
import { watchProxyServer } from "./proxy-watch.ts";

const exit: Exit = { code: null, signal: "SIGKILL" };
const server = { ended: Promise.resolve(exit), log: "/nowhere/proxy/log" };

test("the end of the proxy server is told, unless the environment is over", async () => {
  const told: Error[] = [];
  const over = AbortSignal.abort();
  await watchProxyServer(server, (why) => void told.push(why), over);
  expect(told).toEqual([]);
  await watchProxyServer(server, (why) => void told.push(why), new AbortController().signal);
  expect(told).toMatchObject([
    { code: "environment-unavailable", message: expect.stringContaining("The toxiproxy server ended (SIGKILL)") },
  ]);
});
