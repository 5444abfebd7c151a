import type { FaultSpan, Series, Span } from "../../harness/model/summary.ts";
import { visibleLine } from "../visible.ts";
import { count, signs, stretch } from "../words.ts";
import { shortTargets } from "./banner.ts";
import { markup, trusted, type Markup } from "./markup.ts";
import { characterWidth, left, round, width, type Scale } from "./scale.ts";

/** One line of the timeline; `draw` gets its upper edge. */
export interface Row {
  readonly label: string;
  /** Small words below the label. */
  readonly note: string | null;
  readonly height: number;
  draw(y: number, scale: Scale): Markup;
}

export function phaseRow(phases: readonly Span[]): Row {
  return {
    label: "run phase",
    note: null,
    height: 26,
    draw: (y, scale) =>
      markup`${phases.map((phase, i) =>
        bar(
          {
            span: phase,
            y: y + 3,
            height: 18,
            kind: `phase p${i % 2}`,
            words: [phase.label],
            title: `${phase.label} ${stretch(phase)}`,
          },
          scale,
        ),
      )}`,
  };
}

/** The window of a fault, with its target and proof beside it. */
export function faultRow(fault: FaultSpan): Row {
  return {
    label: fault.faultKind,
    note: null,
    height: 22,
    draw(y, scale) {
      const proof =
        fault.unfired !== null ? "unfired" : fault.proven ? `${signs.valid} proven` : `${signs.unknown} not proven`;
      const words = visibleLine(`${shortTargets(fault)} · ${proof}`);
      const title = `${fault.id}: ${fault.label} ${stretch(fault)}, ${fault.unfired ?? proof}`;
      const endX = scale.x(fault.toMs ?? scale.endMs);
      const fits = endX + 8 + words.length * characterWidth < width;
      return markup`${bar({ span: fault, y: y + 4, height: 13, kind: fault.unfired === null ? "fault" : "fault unfired", words: [], title }, scale)}<text class="beside" x="${
        fits ? endX + 6 : scale.x(fault.fromMs) - 6
      }" y="${y + 15}" text-anchor="${fits ? "start" : "end"}">${words}</text>`;
    },
  };
}

/** A series as an area, its peak named. */
export function seriesRow(series: Series): Row {
  const height = 54;
  const peak = series.points.reduce((most, [, value]) => Math.max(most, value), 0);
  return {
    label: series.name,
    note: `${series.unit}, peak ${count(peak)}`,
    height: height + 8,
    draw(y, scale) {
      const bottom = y + height;
      const dot = ([at, value]: readonly [number, number]): string =>
        `${scale.x(at)},${round(bottom - (peak === 0 ? 0 : (value / peak) * (height - 8)))}`;
      const [first] = series.points;
      const last = series.points.at(-1);
      if (first === undefined || last === undefined)
        return markup`<text class="beside" x="${left + 6}" y="${y + 30}">no sample</text>`;
      const line = series.points.map(dot).join(" ");
      return markup`<g><title>${visibleLine(`${series.name}, ${series.unit}, peak ${count(peak)}`)}</title><polygon class="area" points="${trusted(
        `${scale.x(first[0])},${bottom} ${line} ${scale.x(last[0])},${bottom}`,
      )}"/><polyline class="line" points="${trusted(line)}"/></g><line class="base" x1="${left}" x2="${scale.x(scale.endMs)}" y1="${bottom}" y2="${bottom}"/>`;
    },
  };
}

export interface Bar {
  readonly span: { readonly fromMs: number; readonly toMs: number | null };
  readonly y: number;
  readonly height: number;
  readonly kind: string;
  /** The first of these that fits is written into the bar. */
  readonly words: readonly string[];
  readonly title: string;
}

export function bar({ span, y, height, kind, words, title }: Bar, scale: Scale): Markup {
  const x = scale.x(span.fromMs);
  const wide = round(Math.max(1.5, scale.x(span.toMs ?? scale.endMs) - x));
  const word = words.find((word) => visibleLine(word).length * characterWidth + 6 <= wide);
  return markup`<g class="${kind}"><title>${visibleLine(title)}</title><rect x="${x}" y="${y}" width="${wide}" height="${height}" rx="2"/>${
    word === undefined
      ? null
      : markup`<text x="${round(x + wide / 2)}" y="${y + height / 2 + 4}" text-anchor="middle">${visibleLine(word)}</text>`
  }</g>`;
}
