import type { UpgradeJournal } from "./journal.ts";
import type { GateView } from "./gates/view.ts";
import type { Tell } from "./world.ts";

/** The workload, as far as the coordinator handles it: it is held, and sends again, when the event is told. */
export interface Sources {
  readonly journal: UpgradeJournal;
  readonly view: GateView;
  readonly record: Tell;
  readonly now: () => number;
}

/** Lets the workload send nothing from now on. Where the view shows that it is held, nothing is told. */
export async function holdSources(act: string, why: string, { journal, view, record }: Sources): Promise<void> {
  if (!journal.state().isHeld) await journal.append({ kind: "sources-held", act });
  if (view.progress.heldAt === null) record({ kind: "sources-held", act, why });
}

/** Lets it send again, where it was held: by this coordinator, whose view may not show that yet, or by one before. */
export async function releaseSources(act: string, { journal, view, record, now }: Sources): Promise<void> {
  const { heldAt } = view.progress;
  const { isHeld } = journal.state();
  if (isHeld) await journal.append({ kind: "sources-released", act });
  if (!isHeld && heldAt === null) return;
  record({ kind: "sources-released", act, heldMs: heldAt === null ? 0 : Math.round((now() - heldAt) / 1e6) });
}
