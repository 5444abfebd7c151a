import type { HistoryEvent } from "../model/event.ts";

/** Which faults were active, and which phase the run was in, at each seq: a fold over the events. */
export interface Places {
  readonly faults: { readonly fault: string; readonly from: number; to: number }[];
  readonly phases: { readonly text: string; readonly isUpgrade: boolean; readonly from: number; to: number }[];
}

export interface Place {
  readonly faultsActive: readonly string[];
  readonly phase: string | null;
}

export function beginPlaces(): Places {
  return { faults: [], phases: [] };
}

export function stepPlaces({ faults, phases }: Places, event: HistoryEvent): void {
  switch (event.kind) {
    // Recorded right before the injection; `fault-applied` comes after it, when the process that it crashed may be long gone.
    case "fault-journalled":
      faults.push({ fault: event.fault, from: event.seq, to: Infinity });
      break;
    case "fault-unfired":
    case "fault-healed": {
      const open = faults.findLast(({ fault, to }) => fault === event.fault && to === Infinity);
      if (open !== undefined) open.to = event.seq;
      break;
    }
    case "run-phase":
      end(phases, event.seq, (phase) => !phase.isUpgrade);
      phases.push({ text: event.phase, isUpgrade: false, from: event.seq, to: Infinity });
      break;
    case "upgrade-act-began":
      phases.push({ text: event.act, isUpgrade: true, from: event.seq, to: Infinity });
      break;
    case "upgrade-act-settled":
      end(phases, event.seq, (phase) => phase.text === event.act);
      break;
    case "roll-back-began":
    case "upgrade-stopped":
      end(phases, event.seq, (phase) => phase.isUpgrade);
      break;
    default:
      break;
  }
}

/** An act of the upgrade is told before the run's own phase: it is the narrower one. */
export function placeAt({ faults, phases }: Places, seq: number | null): Place {
  if (seq === null) return { faultsActive: [], phase: null };
  const isOpen = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= seq && seq <= to;
  const open = phases.filter(isOpen);
  const phase = open.findLast(({ isUpgrade }) => isUpgrade) ?? open.at(-1);
  return { faultsActive: faults.filter(isOpen).map(({ fault }) => fault), phase: phase?.text ?? null };
}

function end(phases: Places["phases"], seq: number, which: (phase: Places["phases"][number]) => boolean): void {
  for (const phase of phases) if (phase.to === Infinity && which(phase)) phase.to = seq;
}
