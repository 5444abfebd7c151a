/** What of a specification is being called, in memory that the watchdog's thread reads while the call goes on. */
export interface Heartbeat {
  /** Before a call; `offset` is -1 where no record is concerned. */
  enter(call: Call, place: { readonly stage: string; readonly partition: number; readonly offset: number }): void;
  leave(): void;
}

export const calls = ["import", "start", "step", "output", "changelog", "checkpoint", "value", "state"] as const;
export type Call = (typeof calls)[number];

/** Cells of the shared memory. `turn` rises with each enter and leave: odd is inside a call. */
const cell = { turn: 0, call: 1, stage: 2, partition: 3, offsetLow: 4, offsetHigh: 5 } as const;
const high = 2 ** 31;

export function heartbeatMemory(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Object.keys(cell).length * Int32Array.BYTES_PER_ELEMENT));
}

/** `stages` gives each stage its number; one that is not among them is shown without its name. */
export function startHeartbeat(cells: Int32Array<SharedArrayBuffer>, stages: readonly string[]): Heartbeat {
  const numbers = new Map(stages.map((stage, i) => [stage, i]));
  const callNumbers = new Map(calls.map((call, i) => [call, i]));
  return {
    enter(call, { stage, partition, offset }) {
      cells[cell.call] = callNumbers.get(call) ?? -1;
      cells[cell.stage] = numbers.get(stage) ?? -1;
      cells[cell.partition] = partition;
      cells[cell.offsetLow] = offset < 0 ? -1 : offset % high;
      cells[cell.offsetHigh] = offset < 0 ? 0 : Math.floor(offset / high);
      Atomics.add(cells, cell.turn, 1);
    },
    leave() {
      Atomics.add(cells, cell.turn, 1);
    },
  };
}

/** What goes on: null between calls; `turn` tells one call from the next. */
export function readHeartbeat(
  cells: Int32Array<SharedArrayBuffer>,
  stages: readonly string[],
): { readonly turn: number; readonly call: Call; readonly what: string } | null {
  const turn = Atomics.load(cells, cell.turn);
  if (turn % 2 === 0) return null;
  const at = (which: number): number => cells[which] ?? -1;
  const call = calls[at(cell.call)] ?? "step";
  const low = at(cell.offsetLow);
  const task = `${stages[at(cell.stage)] ?? "?"}-${at(cell.partition)}`;
  const record = low < 0 ? "" : ` at offset ${at(cell.offsetHigh) * high + low}`;
  return { turn, call, what: call === "import" ? "its import" : `${call} of ${task}${record}` };
}
