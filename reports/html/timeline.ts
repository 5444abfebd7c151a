import type { RunSummary } from "../../harness/model/summary.ts";
import type { Verdict } from "../../harness/model/verdict.ts";
import { visibleLine } from "../visible.ts";
import { anomalyMs, seconds, stretch } from "../words.ts";
import { fate, when } from "./banner.ts";
import { markup, type Markup } from "./markup.ts";
import { brokerRow, memberRow, versionsOf } from "./lanes.ts";
import { faultRow, phaseRow, seriesRow, type Row } from "./rows.ts";
import { left, scaleOf, width, type Scale } from "./scale.ts";

const axisHeight = 34;
const marksMax = 20;

/** Members × versions × faults × phases over time, the series below, and the same in words. */
export function timeline(verdict: Verdict, summary: RunSummary): Markup {
  const scale = scaleOf(summary);
  const versions = versionsOf(summary);
  const rows: readonly Row[] = [
    phaseRow(summary.phases),
    ...summary.members.map((lane) => memberRow(lane, summary, versions)),
    ...summary.faults.map(faultRow),
    ...summary.brokers.map((lane) => brokerRow(lane, summary.faults)),
    ...summary.series.map(seriesRow),
  ];
  const height = axisHeight + rows.reduce((sum, row) => sum + row.height, 0) + 8;
  return markup`<section id="timeline"><h2>Timeline</h2>
<p class="legend">${versions.map((version, i) => markup`<span><svg class="swatch" viewBox="0 0 18 12" aria-hidden="true"><g class="version v${i % 3}"><rect width="18" height="12" rx="2"/></g></svg> version ${version}</span> `)}<span><svg class="swatch" viewBox="0 0 18 12" aria-hidden="true"><g class="fault"><rect width="18" height="12" rx="2"/></g></svg> fault, its window shaded over all rows</span> <span><b class="cross">✕</b> ended by a fault or unasked</span> <span>0 s = the first send</span></p>
<div class="scroll" tabindex="0" role="region" aria-label="Timeline drawing">
<svg class="timeline" viewBox="0 0 ${width} ${height}" role="group" aria-label="Timeline; its contents are also in the tables below">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="under" width="6" height="6"/><line class="over" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>
${shades(summary, scale, height)}${axis(scale, height)}${stacked(rows, scale)}${marks(verdict, summary, scale, height)}
</svg></div>
${inWords(summary)}</section>`;
}

function stacked(rows: readonly Row[], scale: Scale): Markup {
  let y = axisHeight;
  return markup`${rows.map((row) => {
    const top = y;
    y += row.height;
    const middle = top + (row.note === null ? row.height / 2 + 4 : 18);
    return markup`<text class="label" x="${left - 10}" y="${middle}" text-anchor="end">${short(visibleLine(row.label))}</text>${
      row.note === null
        ? null
        : markup`<text class="note" x="${left - 10}" y="${middle + 15}" text-anchor="end">${row.note}</text>`
    }${row.draw(top, scale)}<line class="rule" x1="0" x2="${width}" y1="${y}" y2="${y}"/>`;
  })}`;
}

/** The label column holds about this much. */
function short(label: string): string {
  return label.length <= 22 ? label : `${label.slice(0, 21)}…`;
}

function axis(scale: Scale, height: number): Markup {
  return markup`${scale.ticks.map((ms) => {
    const x = scale.x(ms);
    return markup`<line class="${ms === 0 ? "zero" : "tick"}" x1="${x}" x2="${x}" y1="${axisHeight - 6}" y2="${height}"/><text class="axis" x="${x}" y="${axisHeight - 10}" text-anchor="middle">${seconds(ms).replace(".0", "")}</text>`;
  })}`;
}

function shades({ faults }: RunSummary, scale: Scale, height: number): Markup {
  return markup`${faults
    .filter(({ unfired }) => unfired === null)
    .map(({ fromMs, toMs }) => {
      const x = scale.x(fromMs);
      return markup`<rect class="shade" x="${x}" y="${axisHeight}" width="${Math.max(1, scale.x(toMs ?? scale.endMs) - x)}" height="${height - axisHeight}"/>`;
    })}`;
}

/** Where anomalies happened: a line through all rows, its number linked to the anomaly. Numbers make room for each other. */
function marks(verdict: Verdict, summary: RunSummary, scale: Scale, height: number): Markup {
  const located = verdict.anomalies.slice(0, marksMax).flatMap((anomaly, i) => {
    const at = anomalyMs(anomaly, summary);
    return at === null ? [] : [{ number: i + 1, at, invariant: anomaly.invariant }];
  });
  let free = left;
  return markup`${located
    .toSorted((a, b) => a.at - b.at)
    .map(({ number, at, invariant }) => {
      const x = scale.x(at);
      const flag = Math.max(x, free);
      free = flag + 30;
      return markup`<a class="mark" href="#anomaly-${number}"><title>${visibleLine(`A${number} ${invariant} at ${seconds(at)}`)}</title><polyline points="${flag},16 ${x},${axisHeight - 6} ${x},${height}"/><rect x="${flag - 14}" y="1" width="28" height="15" rx="3"/><text x="${flag}" y="12" text-anchor="middle">A${number}</text></a>`;
    })}`;
}

function inWords({ faults, steps, members, brokers }: RunSummary): Markup {
  const lives = [...members, ...brokers].flatMap(({ id, incarnations }) => incarnations.map((life) => ({ id, life })));
  return markup`<details><summary>The timeline in tables</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Faults"><table><caption>Faults</caption><thead><tr><th scope="col">Fault</th><th scope="col">Kind</th><th scope="col">Targets</th><th scope="col">Window</th><th scope="col">Proof</th></tr></thead><tbody>${faults.map(
    (fault) =>
      markup`<tr><th scope="row">${fault.id}</th><td>${fault.faultKind}</td><td>${fault.targets.join(", ")}</td><td>${when(fault)}</td><td>${fate(fault)} ${fault.unfired}</td></tr>`,
  )}</tbody></table></div>
<div class="scroll" tabindex="0" role="region" aria-label="Upgrade steps"><table><caption>Upgrade steps</caption><thead><tr><th scope="col">Step</th><th scope="col">Time</th><th scope="col">Phases</th></tr></thead><tbody>${steps.map(
    (step) =>
      markup`<tr><th scope="row">${step.label}</th><td>${stretch(step)}</td><td>${step.phases.map((phase) => `${phase.label} ${stretch(phase)}`).join("; ")}</td></tr>`,
  )}</tbody></table></div>
<div class="scroll" tabindex="0" role="region" aria-label="Incarnations"><table><caption>Incarnations</caption><thead><tr><th scope="col">Process</th><th scope="col">Incarnation</th><th scope="col">Version</th><th scope="col">Time</th><th scope="col">Ended</th></tr></thead><tbody>${lives.map(
    ({ id, life }) =>
      markup`<tr><th scope="row">${id}</th><td>${life.incarnation}</td><td>${life.version}</td><td>${stretch(life)}</td><td>${life.ended}</td></tr>`,
  )}</tbody></table></div></details>`;
}
