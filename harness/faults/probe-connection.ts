import { connect } from "node:net";

/** What a fresh connection met when it asked a Kafka broker for its API versions. `afterMs` counts from the dial. */
export interface Probed {
  readonly outcome: "answered" | "mute" | "refused" | "reset" | "closed" | "unreachable";
  readonly afterMs: number;
  /** Of the request, and of what came back. */
  readonly bytes: { readonly sent: number; readonly received: number };
}

/** Looks at one address. */
type ProbeConnection = (address: string, timeoutMs: number, signal: AbortSignal) => Promise<Probed>;

const correlation = 0x7270;

/** ApiVersions, version 0, with request header 1 (kafka.apache.org/protocol: size, key, version, correlation id, client id). */
function apiVersionsRequest(): Buffer {
  const client = Buffer.from("rollproof-probe");
  const request = Buffer.alloc(14 + client.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(18, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(correlation, 8);
  request.writeInt16BE(client.length, 12);
  client.copy(request, 14);
  return request;
}

/**
 * Dials `host:port`, sends one ApiVersions request, and says what came back within timeoutMs: `answered` is the whole
 * answer, `mute` connected but without it, `unreachable` not even connected. Never throws but for the signal's reason.
 */
export const probeConnection: ProbeConnection = async (address, timeoutMs, signal) => {
  signal.throwIfAborted();
  const cut = address.lastIndexOf(":");
  const began = performance.now();
  const socket = connect({ host: address.slice(0, cut), port: Number(address.slice(cut + 1)) });
  const over = Promise.withResolvers<Probed["outcome"]>();
  const request = apiVersionsRequest();
  let connected = false;
  let received = Buffer.alloc(0);
  socket.on("connect", () => {
    connected = true;
    socket.write(request);
  });
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (isAnswer(received)) over.resolve("answered");
  });
  socket.on("error", (error) => {
    const code = "code" in error ? error.code : undefined;
    if (code === "ECONNREFUSED") over.resolve("refused");
    else over.resolve(code === "ECONNRESET" || code === "EPIPE" ? "reset" : "unreachable");
  });
  socket.on("close", () => over.resolve("closed"));
  const timer = setTimeout(() => over.resolve(connected ? "mute" : "unreachable"), timeoutMs);
  const abort = (): void => over.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const outcome = await over.promise;
    const bytes = { sent: request.length, received: received.length };
    return { outcome, afterMs: Math.round(performance.now() - began), bytes };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    socket.destroy();
  }
};

/** The size that it begins with has come, and it answers our question. */
function isAnswer(received: Buffer): boolean {
  if (received.length < 8 || received.readInt32BE(4) !== correlation) return false;
  return received.length >= 4 + received.readInt32BE(0);
}
