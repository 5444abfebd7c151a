import type { RunSummary } from "../../harness/model/summary.ts";
import { markup, type Markup } from "./markup.ts";

/** Where on the page a record or event is shown: ref → id. */
export type Places = ReadonlyMap<string, string>;

export function placesOf({ records, events }: RunSummary): Places {
  return new Map([
    ...records.map(({ ref }, i) => [ref, `record-${i + 1}`] as const),
    ...events.map(({ ref }, i) => [ref, `event-${i + 1}`] as const),
  ]);
}

/** A ref, as a link when its record or event is on the page. */
export function refLink(ref: string, places: Places): Markup {
  const id = places.get(ref);
  return id === undefined ? markup`<code>${ref}</code>` : markup`<a href="#${id}"><code>${ref}</code></a>`;
}
