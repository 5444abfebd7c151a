import { connect } from "node:net";

/** What a server is asked that answers nothing unasked. */
export const questions = {
  /** Any HTTP server answers a request, were it by an error. */
  http: Buffer.from("GET /health HTTP/1.1\r\nHost: rollproof\r\nConnection: close\r\n\r\n"),
  /** ApiVersions (key 18), version 0, correlation 1, no client id, after its length (kafka.apache.org/protocol). */
  kafka: Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
} as const;

/**
 * Whether the server behind a published port of this machine answers with at least a byte. That the port accepts proves
 * nothing: Docker's own proxy does, whatever became of the container.
 */
export async function answers(port: number, question: Uint8Array, timeoutMs: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  const heard = Promise.withResolvers<boolean>();
  socket.on("connect", () => socket.write(question));
  socket.on("data", () => heard.resolve(true));
  for (const event of ["error", "close"]) socket.on(event, () => heard.resolve(false));
  const timer = setTimeout(() => heard.resolve(false), timeoutMs);
  try {
    return await heard.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
