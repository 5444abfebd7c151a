import type { Reliance } from "../../harness/model/finding.ts";
import type { RunSummary } from "../../harness/model/summary.ts";
import type { LocatedAnomaly, Verdict } from "../../harness/model/verdict.ts";
import { anomalyMs, count, seconds } from "../words.ts";
import { markup, type Markup } from "./markup.ts";
import { refLink, type Places } from "./places.ts";

const anomaliesMax = 50;
const refsMax = 20;

/** Each anomaly: the sentence, expected against actual, where it happened, and what it rests on. */
export function anomalies(verdict: Verdict, summary: RunSummary, places: Places): Markup | null {
  const all = verdict.anomalies;
  if (all.length === 0) return null;
  const left = all.length - anomaliesMax;
  const names = new Map(verdict.findings.map(({ invariant, name }) => [invariant, name]));
  return markup`<section id="anomalies"><h2>Anomalies</h2>
${all.slice(0, anomaliesMax).map((anomaly, i) => article(anomaly, { number: i + 1, name: names.get(anomaly.invariant) ?? "", at: anomalyMs(anomaly, summary), places }))}
${left > 0 ? markup`<p>And ${count(left)} more in verdict.json.</p>` : null}</section>`;
}

interface Setting {
  readonly number: number;
  readonly name: string;
  readonly at: number | null;
  readonly places: Places;
}

function article(anomaly: LocatedAnomaly, { number, name, at, places }: Setting): Markup {
  const left = anomaly.evidence.length - refsMax;
  return markup`<article id="anomaly-${number}" class="anomaly">
<h3><span class="tag invalid">A${number}</span> ${anomaly.invariant} ${name}</h3>
<p class="sentence">${anomaly.sentence}</p>
<div class="versus"><div><h4>Expected</h4><pre tabindex="0">${anomaly.expected}</pre></div><div><h4>Actual</h4><pre tabindex="0">${anomaly.actual}</pre></div></div>
<dl>
<dt>When</dt><dd>${at === null ? "not located in time" : seconds(at)}${anomaly.phase === null ? null : `, phase ${anomaly.phase}`}</dd>
<dt>Faults active</dt><dd>${anomaly.faultsActive.length === 0 ? "none" : anomaly.faultsActive.join(", ")}</dd>
<dt>Before</dt><dd class="refs">${anomaly.preceded === null ? "not known" : markup`${anomaly.preceded.sentence} ${anomaly.preceded.evidence.map((ref) => markup`${refLink(ref, places)} `)}`}</dd>
<dt>Task</dt><dd>${anomaly.task ?? "not of one task"}</dd>
<dt>First bad commit</dt><dd>${anomaly.firstBadCommit === null ? "not known" : refLink(anomaly.firstBadCommit, places)}</dd>
<dt>Evidence</dt><dd class="refs">${anomaly.evidence.slice(0, refsMax).map((ref) => markup`${refLink(ref, places)} `)}${left > 0 ? `and ${left} more` : null}</dd>
<dt>Rests on</dt><dd>${anomaly.restsOn.map((reliance) => markup`${relianceText(reliance)}<br>`)}</dd>
</dl>
${anomaly.more > 0 ? markup`<p class="more">And ${count(anomaly.more)} more of the same cause.</p>` : null}
</article>`;
}

function relianceText({ ledger, partition, from, to, claims }: Reliance): string {
  const range = from === null && to === null ? "" : ` ${from ?? "start"}–${to ?? "end"}`;
  return `${claims} in ${[ledger, partition].filter((part) => part !== null).join(" ")}${range}`;
}
