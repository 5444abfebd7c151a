import { afterAll, beforeAll, expect, test } from "vitest";
import type { PointOrder } from "./config.ts";
import { serveControl, type Health } from "./control.ts";

const health: Health = {
  version: "v1",
  ready: true,
  flags: { "output-format-2": "prepared" },
  tasks: [{ stage: "velocity", partition: 0, state: "open", inputNext: 3, checkpointNext: null }],
};
const armed: PointOrder[] = [];
let released = 0;
let control: Awaited<ReturnType<typeof serveControl>>;

beforeAll(async () => {
  control = await serveControl(
    { host: "127.0.0.1", port: 0 },
    {
      health: () => health,
      metrics: () => "rollproof_restores_total 1\n",
      arm: (order) => void armed.push(order),
      releasePoints: () => void (released += 1),
    },
  );
});
afterAll(() => control.server.close());

async function ask(method: string, path: string, body: string | null = null): Promise<[number, string]> {
  const answer = await fetch(`http://127.0.0.1:${control.port}${path}`, { method, body });
  return [answer.status, await answer.text()];
}

test("GET /health says what the member is", async () => {
  expect(await ask("GET", "/health")).toEqual([200, `${JSON.stringify(health)}\n`]);
});

test("GET /metrics is Prometheus text", async () => {
  expect(await ask("GET", "/metrics")).toEqual([200, "rollproof_restores_total 1\n"]);
});

test("PUT /points arms, DELETE /points releases", async () => {
  const order = { point: "after-send", stage: "velocity", partition: 2, nth: 3 };
  const [status] = await ask("PUT", "/points", JSON.stringify(order));
  const [withDefaults] = await ask("PUT", "/points", '{"point":"mid-restore","stage":"settlement"}');
  const [deleted] = await ask("DELETE", "/points");
  expect([status, withDefaults, deleted]).toEqual([200, 200, 200]);
  expect(armed).toEqual([order, { point: "mid-restore", stage: "settlement", nth: 1 }]);
  expect(released).toBe(1);
});

test("a body that is not a point is refused with what was expected", async () => {
  const [notJson, notJsonText] = await ask("PUT", "/points", "{");
  const [unknown, unknownText] = await ask("PUT", "/points", '{"point":"somewhere","stage":"velocity"}');
  const [misspelt, misspeltText] = await ask("PUT", "/points", '{"point":"after-send","stage":"velocity","nht":1}');
  expect([notJson, unknown, misspelt]).toEqual([400, 400, 400]);
  expect([notJsonText, unknownText, misspeltText].join("")).toMatch(/body: [^]*point: [^]*after-send[^]*nht/);
});

test("a body that is too long is refused, an unknown path is not found", async () => {
  const [long] = await ask("PUT", "/points", `{"point":"${"x".repeat(10_000)}"}`);
  const [nowhere] = await ask("GET", "/elsewhere");
  expect([long, nowhere]).toEqual([413, 404]);
});
