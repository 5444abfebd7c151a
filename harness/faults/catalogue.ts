import { checkedFault, type CheckedFault } from "./checked-fault.ts";
import { crash } from "./crash.ts";
import { delay } from "./delay.ts";
import { hold } from "./hold.ts";
import { pause } from "./pause.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";

/** Every fault kind there is. A new one: its own file, and a line here (docs/writing-a-fault.md). */
export const faults: ReadonlyMap<string, CheckedFault> = new Map(
  [
    checkedFault(crash),
    checkedFault(delay),
    checkedFault(hold),
    checkedFault(pause),
    checkedFault(refuse),
    checkedFault(reset),
  ].map((fault) => [fault.kind, fault]),
);
