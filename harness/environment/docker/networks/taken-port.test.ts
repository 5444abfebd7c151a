import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { atFreePort, portAttempts } from "./taken-port.ts";

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return server;
}

test("a port that someone takes before it is bound is replaced by another", async () => {
  const tried: number[] = [];
  const server = await atFreePort(async (port) => {
    tried.push(port);
    if (tried.length === 1) await listen(port);
    return await listen(port);
  });
  expect(server.address()).toMatchObject({ port: tried[1] });
  expect(new Set(tried).size).toBe(2);
});

test("the daemon's own words for a taken port are known, and every other failure is the caller's", async () => {
  const words = [
    "driver failed programming external connectivity: Bind for 127.0.0.1:12000 failed: port is already allocated",
    "failed to bind host port: listen tcp4 127.0.0.1:12000: bind: address already in use",
    "no such image",
  ];
  const triesOf = async (word: string): Promise<number> => {
    let tries = 0;
    const starting = atFreePort(() => {
      tries += 1;
      return Promise.reject(new Error(word));
    });
    await expect(starting).rejects.toThrow(word);
    return tries;
  };
  expect(await Promise.all(words.map(triesOf))).toEqual([portAttempts, portAttempts, 1]);
});
