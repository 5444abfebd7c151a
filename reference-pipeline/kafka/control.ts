import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pointOrderSchema, type PointOrder } from "./config.ts";
import type { FlagStates } from "./flags.ts";

export interface TaskHealth {
  readonly stage: string;
  readonly partition: number;
  readonly state: string;
  /** Next source offset to process; null while it is not known. */
  readonly inputNext: number | null;
  /** Input offset of the newest checkpoint on this disk; null: none. */
  readonly checkpointNext: number | null;
}

/** GET /health. */
export interface Health {
  readonly version: string;
  /** Every stage has joined its group and every task that it was given is open. */
  readonly ready: boolean;
  readonly flags: FlagStates;
  readonly tasks: readonly TaskHealth[];
}

export interface ControlHandlers {
  health(): Health;
  metrics(): string;
  arm(order: PointOrder): void;
  releasePoints(): void;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const bodyBytesMax = 4_096;

/** Serves the control port on an address of this host; resolves to the port in use. */
export async function serveControl(
  at: { readonly host: string; readonly port: number },
  handlers: ControlHandlers,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((request, response) => {
    answerTo(request, handlers).then(
      (answer) => reply(response, answer),
      (error: unknown) => reply(response, json(500, { error: error instanceof Error ? error.message : "failed" })),
    );
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The control port has no TCP address.");
  return { port: address.port, server };
}

async function answerTo(request: IncomingMessage, handlers: ControlHandlers): Promise<Answer> {
  const route = `${request.method ?? ""} ${request.url ?? ""}`;
  switch (route) {
    case "GET /health":
      return json(200, handlers.health());
    case "GET /metrics":
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: handlers.metrics() };
    case "PUT /points":
      return await armPoint(request, handlers);
    case "DELETE /points":
      handlers.releasePoints();
      return json(200, { released: true });
    default:
      return json(404, {
        error: `Nothing at ${route.slice(0, 100)}. There are GET /health, GET /metrics, PUT and DELETE /points.`,
      });
  }
}

async function armPoint(request: IncomingMessage, handlers: ControlHandlers): Promise<Answer> {
  const text = await readBody(request);
  if (text === null) return json(413, { error: `The body is longer than ${bodyBytesMax} bytes.` });
  const order = pointOrderSchema.safeParse(parseJson(text));
  if (!order.success)
    return json(400, {
      error: order.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
    });
  handlers.arm(order.data);
  return json(200, { armed: order.data });
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    // The rest is still read and thrown away, so that the answer reaches the client.
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function json(status: number, body: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(body)}\n` };
}

function reply(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { "content-type": answer.type, connection: "close" });
  response.end(answer.body);
}
