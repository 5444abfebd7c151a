import { bandwidth } from "./bandwidth.ts";
import { checkedFault, type CheckedFault } from "./checked-fault.ts";
import { clockSkew } from "./clock-skew.ts";
import { cpuThrottle } from "./cpu-throttle.ts";
import { crash } from "./crash.ts";
import { cutBroker } from "./cut-broker.ts";
import { delay } from "./delay.ts";
import { disconnect } from "./disconnect.ts";
import { diskFull } from "./disk-full.ts";
import { hold } from "./hold.ts";
import { jitter } from "./jitter.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { pause } from "./pause.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { slice } from "./slice.ts";
import { stop } from "./stop.ts";

/** Every fault kind there is. A new one: its own file, and a line here (docs/writing-a-fault.md). */
export const faults: ReadonlyMap<string, CheckedFault> = new Map(
  [
    checkedFault(bandwidth),
    checkedFault(clockSkew),
    checkedFault(cpuThrottle),
    checkedFault(crash),
    checkedFault(cutBroker),
    checkedFault(delay),
    checkedFault(disconnect),
    checkedFault(diskFull),
    checkedFault(hold),
    checkedFault(jitter),
    checkedFault(outOfMemory),
    checkedFault(pause),
    checkedFault(refuse),
    checkedFault(reset),
    checkedFault(slice),
    checkedFault(stop),
  ].map((fault) => [fault.kind, fault]),
);
