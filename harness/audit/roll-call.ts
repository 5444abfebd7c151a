import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { reading } from "./codec/cursor.ts";
import { readGroup } from "./codec/group.ts";
import { offsetsTopic } from "./topology.ts";

/** A group as its latest record has it, whether the description names it or not. */
export interface SeenGroup {
  /** Its records are those of the newer protocol, which does not say who is in it this way. */
  readonly isNewer: boolean;
  readonly members: readonly { readonly clientId: string; readonly owned: readonly string[] }[];
}

/** Every group that has written to `__consumer_offsets`: to explain a pipeline that does not come up. No evidence. */
export interface RollCall {
  step(batch: LogBatch): void;
  readonly groups: ReadonlyMap<string, SeenGroup>;
}

/** No more are kept: it is for a message. */
const groupsMax = 32;

export function beginRollCall(): RollCall {
  const groups = new Map<string, SeenGroup>();
  return {
    groups,
    step(batch) {
      if (batch.topic !== offsetsTopic || batch.control) return;
      for (let i = 0; i < batch.count; i += 1) {
        const key = slice(batch.bytes, batch.keyAt, i);
        if (key === null) continue;
        const read = reading(key, (cursor) => ({ version: cursor.int16(), group: cursor.string() }));
        if ("kind" in read || read.version < 2) continue;
        const { version, group } = read;
        if (groups.size >= groupsMax && !groups.has(group)) continue;
        if (version > 2) groups.set(group, { isNewer: true, members: [] });
        else {
          const metadata = readGroup(group, slice(batch.bytes, batch.valueAt, i));
          if (metadata.kind === "group") groups.set(group, { isNewer: false, members: metadata.members });
        }
      }
    },
  };
}
