import { Connection, ResponseError } from "@platformatic/kafka";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

/** What came of a call: an answer, an answer that carries errors, bytes nobody here can decode, or nobody there. */
export type Called<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "refused"; readonly response: unknown; readonly why: string }
  | { readonly kind: "undecodable"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

/** One connection to one broker, opened when it is needed, dropped on any doubt. */
export interface BrokerConnection {
  call<T>(request: (connection: Connection) => Promise<T>): Promise<Called<T>>;
  drop(): void;
}

const connectTimeoutMs = 2_000;
const networkCodes = new Set(["PLT_KFK_NETWORK", "PLT_KFK_TIMEOUT", "PLT_KFK_UNEXPECTED_CORRELATION_ID"]);

export function brokerConnection(address: () => Address, requestTimeoutMs: number): BrokerConnection {
  let current: Promise<Connection> | null = null;
  let live: Connection | null = null;

  async function dial(): Promise<Connection> {
    const fresh = new Connection("rollproof-tail", {
      connectTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
    });
    // Without a listener an error event would end the process; the failed call reports it.
    fresh.on("error", () => undefined);
    live = fresh;
    const { host, port } = address();
    await fresh.connect(host, port);
    return fresh;
  }
  function drop(): void {
    if (live?.isConnected() === true) live.socket.destroy();
    live = null;
    current = null;
  }
  return {
    drop,
    async call(request) {
      try {
        if (live !== null && current !== null && live.status === "closed") drop();
        current ??= dial();
        const connection = await current;
        return { kind: "answered", value: await request(connection) };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (error instanceof ResponseError)
          return { kind: "refused", response: "response" in error ? error.response : null, why };
        const wasConnected = live?.isConnected() === true;
        const isNetwork = error instanceof Error && "code" in error && networkCodes.has(String(error.code));
        if (wasConnected && !isNetwork) return { kind: "undecodable", why };
        drop();
        return { kind: "unreachable", why };
      }
    },
  };
}
