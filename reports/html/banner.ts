import type { FaultSpan, RunSummary } from "../../harness/model/summary.ts";
import type { Verdict } from "../../harness/model/verdict.ts";
import { count, counted, meanings, otherSpecification, replayCommand, signs, stretch, tally } from "../words.ts";
import { markup, type Markup } from "./markup.ts";

const reasonsMax = 5;

/** The verdict, and what it was asked. */
export function banner(verdict: Verdict): Markup {
  const { outcome, reasons, expectation } = verdict;
  return markup`<header class="banner ${outcome}">
<p class="verdict"><span class="sign" aria-hidden="true">${signs[outcome]}</span> ${outcome}</p>
<div>
<h1>${verdict.headline}</h1>
<p class="meaning">${meanings[outcome]}</p>
${listed(reasons.slice(0, reasonsMax))}${more(reasons.slice(reasonsMax))}
<p class="question"><strong>Asked:</strong> ${verdict.question}</p>
<p class="facts"><span>scenario <b>${verdict.scenario}</b></span> <span>seed <b>${verdict.seed}</b></span> <span>mutant <b>${verdict.mutant ?? "none"}</b></span> <span>environment <b>${verdict.environment}</b></span> <span>guarantee <b>${verdict.guarantee}</b></span> <span>expected <b>${[expectation.verdict, ...expectation.anomalies].join(" ")}</b>: ${expectation.met ? "met" : "not met"}</span>${verdict.judgedBy === null ? null : markup` <span>judged by <b>${otherSpecification(verdict.judgedBy)}</b></span>`}</p>
<pre class="command" tabindex="0" aria-label="Replay command">${replayCommand(verdict)}</pre>
</div>
</header>`;
}

function listed(reasons: readonly string[]): Markup | null {
  return reasons.length === 0
    ? null
    : markup`<ul class="reasons">${reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`;
}

/** The rest is folded away, so that a long list does not push the timeline off the screen. */
function more(reasons: readonly string[]): Markup | null {
  if (reasons.length === 0) return null;
  return markup`<details><summary>${counted(reasons.length, "more reason")}</summary>${listed(reasons)}</details>`;
}

/** Three cards: what was rolled, what was injured when, what the verdict rests on. */
export function glance(verdict: Verdict, summary: RunSummary): Markup {
  return markup`<section class="cards" aria-label="At a glance">
<div class="card"><h2>Rolled</h2>${rolled(summary)}</div>
<div class="card"><h2>Injured</h2>${injured(summary.faults)}</div>
<div class="card"><h2>Rests on</h2>${restsOn(verdict, summary)}</div>
</section>`;
}

function rolled({ steps, phases }: RunSummary): Markup {
  if (steps.length === 0) return markup`<p>Nothing: no upgrade step began.</p>`;
  const finalise = phases.find(({ label }) => label === "finalise");
  return markup`<ul>${steps.map((step) => markup`<li>${step.label}, <span class="when">${stretch(step)}</span></li>`)}<li>${
    finalise === undefined ? "not finalised" : markup`finalised, <span class="when">${stretch(finalise)}</span>`
  }</li></ul>`;
}

function injured(faults: readonly FaultSpan[]): Markup {
  if (faults.length === 0) return markup`<p>Nothing: the plan has no fault.</p>`;
  return markup`<ul>${faults.map(
    (fault) =>
      markup`<li>${fault.faultKind} ${shortTargets(fault)}, <span class="when">${when(fault)}</span> ${fate(fault)}</li>`,
  )}</ul>`;
}

/** A fault that never fired has no window. */
export function when(fault: FaultSpan): string {
  return fault.unfired === null ? stretch(fault) : "never";
}

export function fate({ proven, unfired }: FaultSpan): Markup {
  if (unfired !== null) return markup`<span class="tag unknown">${signs.unknown} unfired</span>`;
  return proven
    ? markup`<span class="tag valid">${signs.valid} proven</span>`
    : markup`<span class="tag unknown">${signs.unknown} not proven</span>`;
}

/** One target by name, many by the first and their number. */
export function shortTargets({ targets }: FaultSpan): string {
  const [first = "nothing"] = targets;
  return targets.length <= 1 ? first : `${first} and ${targets.length - 1} more`;
}

function restsOn(verdict: Verdict, { counts }: RunSummary): Markup {
  const met = verdict.exercised.filter(({ seen, minimum }) => seen >= minimum).length;
  return markup`<ul>
<li><b>${tally(verdict)}</b> of ${counted(verdict.findings.length, "invariant")}</li>
<li><b>${met} of ${verdict.exercised.length}</b> exercised minima met</li>
<li><b>${count(counts.inputsAcknowledged)}</b> of ${counted(counts.inputsPlanned, "input")} acknowledged</li>
<li><b>${count(counts.transactionsCommitted)}</b> transactions committed, ${count(counts.transactionsAborted)} aborted; <b>${count(counts.outputsCommitted)}</b> outputs</li>
<li>history of ${counted(counts.events, "event")} and ${counted(counts.frames, "log frame")}</li>
</ul>`;
}
