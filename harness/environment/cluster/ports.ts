import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { freshInteger } from "../../base/chance.ts";
import { RollproofError } from "../../base/errors.ts";

/** Inclusive range of port numbers. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const lowest = 10_000;
const highest = 65_000;
/** What Linux takes when the file cannot be read (ip-sysctl). */
const usualEphemeral: PortRange = { first: 32_768, last: 60_999 };

/**
 * `count` ports of 127.0.0.1 that were free a moment ago, outside the range from which the kernel gives ports to outgoing
 * connections. Nothing keeps them free: whoever binds one must be ready to start again with others.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const candidates = outside(ephemeralRange());
  const start = freshInteger(candidates.length);
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let i = 0; i < candidates.length && ports.length < count; i++) {
      const port = candidates[(start + i) % candidates.length] ?? 0;
      const server = await bind(port);
      if (server === null) continue;
      held.push(server);
      ports.push(port);
    }
  } finally {
    await Promise.all(held.map(close));
  }
  if (ports.length === count) return ports;
  throw new RollproofError(
    "environment-unavailable",
    `Only ${ports.length} of the ${count} ports needed could be bound on 127.0.0.1.`,
    { remedy: "End what holds the ports, or ask for fewer brokers and members." },
  );
}

/** Ports of [10000, 65000] that are not ephemeral; all of them when the ephemeral range leaves fewer than 2000. */
export function outside(ephemeral: PortRange): readonly number[] {
  const all = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
  const left = all.filter((port) => port < ephemeral.first || port > ephemeral.last);
  return left.length >= 2_000 ? left : all;
}

/** Reads the content of /proc/sys/net/ipv4/ip_local_port_range: two numbers, inclusive. */
export function parseRange(text: string): PortRange | null {
  const match = /^\s*(\d+)\s+(\d+)\s*$/.exec(text);
  return match === null ? null : { first: Number(match[1]), last: Number(match[2]) };
}

function ephemeralRange(): PortRange {
  try {
    return parseRange(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")) ?? usualEphemeral;
  } catch {
    return usualEphemeral;
  }
}

function bind(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
