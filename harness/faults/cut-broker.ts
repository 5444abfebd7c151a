import { z } from "zod";
import { brokerId, type BrokerId } from "../model/brand.ts";
import type { Fault } from "../model/fault.ts";
import { paramsOf } from "./params.ts";
import { processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

interface CutBrokerParams extends Readonly<Record<string, unknown>> {
  /** `brokers`: all the others; or these, by id. */
  readonly from: "brokers" | readonly string[];
  /** Seen from the target: what it sends is `out`. */
  readonly way: "both" | "in" | "out";
}

/**
 * No packet between a broker and others, while everybody else hears it: a leader isolated from its followers, a
 * controller in the minority. Longer than the broker session, leadership moves and the old leader does not know.
 */
export const cutBroker: Fault<CutBrokerParams> = {
  kind: "cut-broker",
  takes: "broker",
  ...paramsOf(
    z.strictObject({
      from: z
        .union([
          z.literal("brokers"),
          z
            .array(z.string().regex(/^broker-[1-9]\d*$/u))
            .min(1)
            .max(16),
        ])
        .default("brokers"),
      way: z.enum(["both", "in", "out"]).default("both"),
    }),
  ),
  needs: () => ["cut-broker"],
  undo: (target) => undoProcessInjury(target, "cut-broker", "cut"),
  inject(target, { from, way }, signal) {
    const cut = processOf(target, "cut-broker");
    return injureProcess(cut, { kind: "cut", from: othersOf(cut.process.id, from, cut.peers), way }, signal);
  },
};

function othersOf(self: string, from: CutBrokerParams["from"], peers: readonly BrokerId[]): readonly BrokerId[] {
  const others = from === "brokers" ? peers : from.map((id) => brokerId(id));
  const strange = others.filter((id) => !peers.includes(id));
  if (others.length === 0) throw new Error(`${self} is the only broker: there is none to cut it from`);
  if (strange.length > 0)
    throw new Error(`${self} cannot be cut from ${strange.join(", ")}; the others are ${peers.join(", ")}`);
  return others;
}
