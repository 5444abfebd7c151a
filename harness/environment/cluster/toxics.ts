import type { LinkInjury } from "../../model/environment.ts";

/** A toxic as toxiproxy's API has it: `upstream` carries what the member sends to the broker. */
export interface Toxic {
  readonly name: string;
  readonly type: "latency" | "bandwidth" | "slicer" | "reset_peer";
  readonly stream: "upstream" | "downstream";
  readonly attributes: Readonly<Record<string, number>>;
}

/** The toxic that does the injury (tried with server 2.12: `bandwidth` at rate 0 holds every byte until it is removed). */
export function toxicOf(injury: LinkInjury & { readonly kind: Exclude<LinkInjury["kind"], "refuse"> }): Toxic {
  const place = { name: injury.name, stream: injury.way === "to-broker" ? "upstream" : "downstream" } as const;
  switch (injury.kind) {
    case "hold":
      return { ...place, type: "bandwidth", attributes: { rate: 0 } };
    case "bandwidth":
      return { ...place, type: "bandwidth", attributes: { rate: injury.kilobytesPerSecond } };
    case "delay":
      return { ...place, type: "latency", attributes: { latency: injury.latencyMs, jitter: 0 } };
    case "slice": {
      const { bytes, pauseMicros } = injury;
      return { ...place, type: "slicer", attributes: { average_size: bytes, size_variation: 0, delay: pauseMicros } };
    }
    case "reset":
      return { ...place, type: "reset_peer", attributes: { timeout: 0 } };
    default:
      return injury satisfies never;
  }
}

/** The injury that a toxic does, the inverse of toxicOf. */
export function injuryOf({ name, type, stream, attributes }: Toxic): LinkInjury {
  const place = { name, way: stream === "upstream" ? "to-broker" : "to-member" } as const;
  const attribute = (key: string): number => attributes[key] ?? 0;
  switch (type) {
    case "bandwidth": {
      const rate = attribute("rate");
      return rate === 0 ? { ...place, kind: "hold" } : { ...place, kind: "bandwidth", kilobytesPerSecond: rate };
    }
    case "latency":
      return { ...place, kind: "delay", latencyMs: attribute("latency") };
    case "slicer":
      return { ...place, kind: "slice", bytes: attribute("average_size"), pauseMicros: attribute("delay") };
    case "reset_peer":
      return { ...place, kind: "reset" };
    default:
      return type satisfies never;
  }
}
