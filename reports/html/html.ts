import { sha256 } from "../../harness/base/digest.ts";
import type { Reporter } from "../../harness/model/reporter.ts";
import type { RunSummary } from "../../harness/model/summary.ts";
import type { Verdict } from "../../harness/model/verdict.ts";
import { cut, visibleLine } from "../visible.ts";
import { anomalies } from "./anomalies.ts";
import { banner, glance } from "./banner.ts";
import { events, records } from "./evidence.ts";
import { exercised, findings, residual, versions } from "./findings.ts";
import { markup, source, trusted, type Markup } from "./markup.ts";
import { placesOf } from "./places.ts";
import { style } from "./style.ts";
import { timeline } from "./timeline.ts";

/** One file that opens offline: no script, no request, one style sheet named by its hash in the policy. */
export const html: Reporter = {
  name: "html",
  render: (verdict, summary) => [
    { path: "report.html", content: `<!doctype html>\n${source(page(verdict, summary))}\n` },
  ],
};

function page(verdict: Verdict, summary: RunSummary): Markup {
  const places = placesOf(summary);
  return markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${visibleLine(`${verdict.outcome}: ${verdict.scenario}, seed ${verdict.seed}`)}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#timeline">Skip to the timeline</a>
${banner(verdict)}
<main>
${glance(verdict, summary)}
${timeline(verdict, summary)}
${anomalies(verdict, summary, places)}
${exercised(verdict, places)}
${findings(verdict)}
${residual(verdict)}
${records(summary, places)}
${events(summary, places)}
${versions(verdict, summary)}
</main>
<script type="application/json" id="rollproof-data">${trusted(embedded(verdict, summary))}</script>
</body>
</html>`;
}

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${base64(sha256(style))}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Hex as base64, which is how a policy names a hash. */
function base64(hex: string): string {
  return btoa((hex.match(/../g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join(""));
}

/** Both inputs as data for programs; long texts cut off, and nothing in it can end the element. */
function embedded(verdict: Verdict, summary: RunSummary): string {
  const cutTexts = (_key: string, value: unknown): unknown => {
    if (typeof value === "string") return cut(value);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cut(name), inner]));
  };
  return JSON.stringify({ verdict, summary }, cutTexts).replaceAll(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
