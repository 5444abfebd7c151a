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

export function startPlaces(): Places {
  return { faults: [], phases: [] };
}

export function stepPlaces({ faults, phases }: Places, event: HistoryEvent): void {
  switch (event.kind) {
    case "fault-applied":
      faults.push({ fault: event.fault, from: event.seq, to: Infinity });
      break;
    case "fault-healed": {
      const open = faults.findLast(({ fault, to }) => fault === event.fault && to === Infinity);
      if (open !== undefined) open.to = event.seq;
      break;
    }
    case "run-phase":
      end(phases, event.seq, (phase) => !phase.isUpgrade);
      phases.push({ text: event.phase, isUpgrade: false, from: event.seq, to: Infinity });
      break;
    case "upgrade-phase-began":
      phases.push({ text: phaseText(event), isUpgrade: true, from: event.seq, to: Infinity });
      break;
    case "upgrade-phase-settled":
      end(phases, event.seq, (phase) => phase.text === phaseText(event));
      break;
    case "upgrade-stopped":
      end(phases, event.seq, (phase) => phase.isUpgrade);
      break;
    default:
      break;
  }
}

/** An upgrade phase is told before the run's own phase: it is the narrower one. */
export function placeAt({ faults, phases }: Places, seq: number | null): Place {
  if (seq === null) return { faultsActive: [], phase: null };
  const isOpen = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= seq && seq <= to;
  const open = phases.filter(isOpen);
  const phase = open.findLast(({ isUpgrade }) => isUpgrade) ?? open.at(-1);
  return { faultsActive: faults.filter(isOpen).map(({ fault }) => fault), phase: phase?.text ?? null };
}

function phaseText({ phase, member }: { readonly phase: string; readonly member: string }): string {
  return `${phase} of ${member}`;
}

function end(phases: Places["phases"], seq: number, which: (phase: Places["phases"][number]) => boolean): void {
  for (const phase of phases) if (phase.to === Infinity && which(phase)) phase.to = seq;
}
