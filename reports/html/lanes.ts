import type { FaultSpan, MemberLane, RunSummary, StepSpan } from "../../harness/model/summary.ts";
import { visibleLine } from "../visible.ts";
import { seconds, stretch } from "../words.ts";
import { markup, type Markup } from "./markup.ts";
import { bar, type Row } from "./rows.ts";
import { characterWidth, width, type Scale } from "./scale.ts";

type Life = MemberLane["incarnations"][number];

/** Incarnations, coloured and named by version; below them the faults on the member, then its upgrade steps' phases. */
export function memberRow(lane: MemberLane, { steps, faults }: RunSummary, versions: readonly string[]): Row {
  const own = steps.filter(({ members }) => members.includes(lane.id));
  const draw = (y: number, scale: Scale): Markup =>
    markup`${lane.incarnations.map((life) => {
      const version = life.version ?? "?";
      const kind = `version v${Math.max(0, versions.indexOf(version)) % 3}`;
      const words = [`${version} · incarnation ${life.incarnation}`, version];
      return [
        bar({ span: life, y: y + 4, height: 20, kind, words, title: told(lane.id, life) }, scale),
        end(life, y + 14, scale),
      ];
    })}${hits(lane.id, faults, { y: y + 25.5, scale })}${own.map((step) => stepStrip(step, y + 29, scale))}`;
  return { label: lane.id, note: own.length === 0 ? null : "upgrade step", height: 48, draw };
}

export function brokerRow(lane: MemberLane, faults: readonly FaultSpan[]): Row {
  const draw = (y: number, scale: Scale): Markup =>
    markup`${lane.incarnations.map((life) => [
      bar({ span: life, y: y + 5, height: 9, kind: "broker", words: [], title: told(lane.id, life) }, scale),
      end(life, y + 10, scale),
    ])}${hits(lane.id, faults, { y: y + 15.5, scale })}`;
  return { label: lane.id, note: null, height: 20, draw };
}

/** Versions in the order in which they first ran. */
export function versionsOf({ members }: RunSummary): readonly string[] {
  const lives = members.flatMap(({ incarnations }) => incarnations).toSorted((a, b) => a.fromMs - b.fromMs);
  return [...new Set(lives.map(({ version }) => version ?? "?"))];
}

function told(id: string, life: Life): string {
  const version = life.version === null ? "" : `version ${life.version}, `;
  const ended = life.ended === null ? "" : `, ended: ${life.ended}`;
  return `${id}, incarnation ${life.incarnation}, ${version}${stretch(life)}${ended}`;
}

/** A cross where an incarnation did not end as asked. */
function end({ toMs, ended }: Life, y: number, scale: Scale): Markup | null {
  if (toMs === null || ended === null || ended.startsWith("asked")) return null;
  return markup`<text class="cross" x="${scale.x(toMs)}" y="${y + 6}" text-anchor="middle">✕<title>${visibleLine(ended)}</title></text>`;
}

function stepStrip(step: StepSpan, y: number, scale: Scale): Markup {
  const phases = step.phases.map((phase, i) => {
    const title = `${step.label}: ${phase.label} ${stretch(phase)}`;
    return bar({ span: phase, y, height: 13, kind: `step s${i % 2}`, words: [phase.label], title }, scale);
  });
  const words = step.toMs === null ? "never settled" : seconds(step.toMs - step.fromMs);
  const x = scale.x(step.toMs ?? scale.endMs);
  const fits = x + 8 + words.length * characterWidth < width;
  const [at, anchor] = fits ? [x + 6, "start"] : [scale.x(step.fromMs) - 6, "end"];
  return markup`${phases}<text class="note" x="${at}" y="${y + 10}" text-anchor="${anchor}">${words}</text>`;
}

/** A line under the lane of a process while a fault that names it holds. */
function hits(id: string, faults: readonly FaultSpan[], place: { readonly y: number; readonly scale: Scale }): Markup {
  const { y, scale } = place;
  const own = faults.filter(
    ({ targets, unfired }) => unfired === null && targets.some((target) => isNamed(id, target)),
  );
  return markup`${own.map(
    (fault) =>
      markup`<line class="hit" x1="${scale.x(fault.fromMs)}" x2="${scale.x(fault.toMs ?? scale.endMs)}" y1="${y}" y2="${y}"><title>${visibleLine(`${fault.label} ${stretch(fault)}`)}</title></line>`,
  )}`;
}

/** `member-1→broker-2` names member-1 and broker-2, not member-12. */
function isNamed(id: string, target: string): boolean {
  return target.split(/[^\w-]+/).includes(id);
}
