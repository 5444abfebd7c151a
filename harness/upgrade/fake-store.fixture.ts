import type { JournalStore } from "./journal-store.ts";

/** A journal in memory. Where it is told to, a coordinator dies at a record: before it is written, or after. */
export class FakeStore implements JournalStore {
  readonly epochs: string[] = [];
  /** Records written by all epochs. */
  records = 0;
  dieAt: { readonly record: number; readonly when: "before" | "after" } | null = null;

  newest(): Promise<number> {
    return Promise.resolve(this.epochs.length);
  }

  claim(epoch: number): Promise<boolean> {
    if (epoch <= this.epochs.length) return Promise.resolve(false);
    this.epochs.push("");
    return Promise.resolve(true);
  }

  read(epoch: number): Promise<string> {
    return Promise.resolve(this.epochs[epoch - 1] ?? "");
  }

  append(epoch: number, text: string): Promise<void> {
    const dies = this.dieAt?.record === this.records ? this.dieAt.when : null;
    if (dies === "before") return Promise.reject(new Error("died"));
    this.epochs[epoch - 1] = (this.epochs[epoch - 1] ?? "") + text;
    this.records += 1;
    return dies === "after" ? Promise.reject(new Error("died")) : Promise.resolve();
  }
}
