import type { RunSummary } from "../../harness/model/summary.ts";
import type { Verdict } from "../../harness/model/verdict.ts";
import { count, exercisedText, signs } from "../words.ts";
import { markup, type Markup } from "./markup.ts";
import { refLink, type Places } from "./places.ts";

/** What was exercised, against what the scenario demands. */
export function exercised(verdict: Verdict, places: Places): Markup {
  return markup`<section id="exercised"><h2>Exercised</h2><div class="scroll" tabindex="0" role="region" aria-label="Exercised"><table>
<thead><tr><th scope="col">Situation</th><th scope="col" class="number">Seen</th><th scope="col" class="number">At least</th><th scope="col">Met</th><th scope="col">Witnesses</th></tr></thead>
<tbody>${verdict.exercised.map((one) => {
    const { seen, minimum, because, evidence } = one;
    const met = seen >= minimum;
    const why = because === null ? null : markup` <span class="unit">because ${because}</span>`;
    return markup`<tr><th scope="row">${exercisedText(one)}${why}</th><td class="number">${count(seen)}</td><td class="number">${count(minimum)}</td><td>${tag(met ? "valid" : "unknown", met ? "met" : "not met")}</td><td class="refs">${evidence.slice(0, 5).map((ref) => markup`${refLink(ref, places)} `)}</td></tr>`;
  })}</tbody></table></div></section>`;
}

/** One row per invariant, worst first. */
export function findings(verdict: Verdict): Markup {
  const order = ["invalid", "unknown", "idle", "valid", "not-applicable"];
  const rows = verdict.findings.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  return markup`<section id="findings"><h2>Invariants</h2><div class="scroll" tabindex="0" role="region" aria-label="Invariants"><table>
<thead><tr><th scope="col">Invariant</th><th scope="col">Outcome</th><th scope="col" class="number">Examined</th><th scope="col">Why</th></tr></thead>
<tbody>${rows.map(({ invariant, name, outcome, examined, unit, why, anomalies }) => {
    const words = why ?? (anomalies.length === 0 ? null : (anomalies[0]?.sentence ?? null));
    return markup`<tr><th scope="row"><b>${invariant}</b> ${name}</th><td>${tag(outcome, outcome)}</td><td class="number">${count(examined)} <span class="unit">${unit}</span></td><td>${words}</td></tr>`;
  })}</tbody></table></div></section>`;
}

function tag(outcome: keyof typeof signs, word: string): Markup {
  return markup`<span class="tag ${outcome}">${signs[outcome]} ${word}</span>`;
}

export function residual(verdict: Verdict): Markup | null {
  if (verdict.residual.length === 0) return null;
  return markup`<section id="residual"><h2>Not shown by this run</h2><ul>${verdict.residual.map((line) => markup`<li>${line}</li>`)}</ul></section>`;
}

/** What ran, to the byte. */
export function versions({ versions, runId }: Verdict, { endMs }: RunSummary): Markup {
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["run", runId],
    ["length from the first send", `${(endMs / 1_000).toFixed(1)} s`],
    ["rollproof", versions.tool],
    ["Kafka", versions.kafka],
    ...Object.entries(versions.features).map(([name, level]) => [`Kafka, ${name}`, String(level)] as const),
    ["Node", versions.node],
    ["plan.json, SHA-256", versions.planSha256],
    ["specification, SHA-256", versions.specificationSha256 ?? "none"],
    ...Object.entries(versions.pipeline).map(([version, hash]) => [`pipeline ${version}, SHA-256`, hash] as const),
  ];
  return markup`<section id="versions"><h2>Versions</h2><div class="scroll" tabindex="0" role="region" aria-label="Versions"><table><tbody>${rows.map(
    ([name, value]) => markup`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`,
  )}</tbody></table></div></section>`;
}
