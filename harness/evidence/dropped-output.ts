import type { RecordEvent } from "../model/event.ts";
import type { Witness } from "./testimony.ts";

/** What of members' output is not kept, as events: few of them, however much it is. */
export interface DroppedOutput {
  /** So many bytes of this incarnation's output have been dropped so far. */
  bytes(witness: Witness, total: number): void;
  /** One more testimony of it is not recorded. */
  readonly testimony: (witness: Witness) => void;
  /** Nothing more will come: records what has not been. */
  end(): void;
}

interface Count {
  readonly witness: Witness;
  bytes: number;
  testimonies: number;
  /** As last recorded. */
  told: { readonly bytes: number; readonly testimonies: number };
}

export function beginDroppedOutput(record: RecordEvent): DroppedOutput {
  const counts = new Map<string, Count>();
  const countOf = (witness: Witness): Count => {
    const key = `${witness.member}/${witness.incarnation}`;
    const count = counts.get(key) ?? { witness, bytes: 0, testimonies: 0, told: { bytes: 0, testimonies: 0 } };
    counts.set(key, count);
    return count;
  };
  const tell = ({ witness, bytes, testimonies }: Count): { readonly bytes: number; readonly testimonies: number } => {
    const { member, incarnation } = witness;
    record({ kind: "output-dropped", member, incarnation, bytes, testimonies });
    return { bytes, testimonies };
  };
  /** Each doubling once, so that their number is bounded by the number of digits. */
  const update = (count: Count): void => {
    const { bytes, testimonies, told } = count;
    if (isDoubled(bytes, told.bytes) || isDoubled(testimonies, told.testimonies)) count.told = tell(count);
  };
  return {
    bytes(witness, total) {
      const count = countOf(witness);
      count.bytes = Math.max(count.bytes, total);
      update(count);
    },
    testimony(witness) {
      const count = countOf(witness);
      count.testimonies += 1;
      update(count);
    },
    end() {
      for (const count of counts.values()) {
        const { bytes, testimonies, told } = count;
        if (bytes > told.bytes || testimonies > told.testimonies) count.told = tell(count);
      }
    },
  };
}

function isDoubled(now: number, told: number): boolean {
  return now > 0 && now >= 2 * told;
}
