import type { RunSummary } from "../../harness/model/summary.ts";
import { seconds } from "../words.ts";
import { markup, type Markup } from "./markup.ts";
import type { Places } from "./places.ts";

/** The records that findings point to. Their contents come from outside and are shown as text only. */
export function records({ records }: RunSummary, places: Places): Markup | null {
  if (records.length === 0) return null;
  return markup`<section id="records"><h2>Records</h2><p class="note">As they lie in Kafka's logs. Contents come from outside: long ones are cut off, unseen characters are written out.</p>
${records.map(
  ({
    ref,
    atMs,
    key,
    value,
    headers,
    writer,
    transaction,
  }) => markup`<article id="${places.get(ref) ?? ""}" class="evidence">
<h3><code>${ref}</code> <span class="when">${seconds(atMs)}</span></h3>
<dl>
<dt>Key</dt><dd><pre tabindex="0">${key}</pre></dd>
<dt>Value</dt><dd><pre tabindex="0">${value}</pre></dd>
${Object.entries(headers).map(([name, text]) => markup`<dt>Header ${name}</dt><dd><pre tabindex="0">${text}</pre></dd>`)}
<dt>Writer</dt><dd>${writer ?? "not named"}</dd>
<dt>Transaction</dt><dd>${transaction ?? "none"}</dd>
</dl></article>`,
)}</section>`;
}

/** The events that findings point to. */
export function events({ events }: RunSummary, places: Places): Markup | null {
  if (events.length === 0) return null;
  return markup`<section id="events"><h2>Events</h2><div class="scroll" tabindex="0" role="region" aria-label="Events"><table>
<thead><tr><th scope="col">Event</th><th scope="col" class="number">At</th><th scope="col">What</th></tr></thead>
<tbody>${events.map(
    ({ ref, atMs, text }) =>
      markup`<tr id="${places.get(ref) ?? ""}"><th scope="row"><code>${ref}</code></th><td class="number">${seconds(atMs)}</td><td>${text}</td></tr>`,
  )}</tbody></table></div></section>`;
}
