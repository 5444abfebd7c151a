import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostile, sampleInvalid, sampleUnknown, sampleValid, type Sample } from "../sample-runs.fixture.ts";
import { html } from "./html.ts";

const samples = [sampleValid, sampleUnknown, sampleInvalid];

function page({ verdict, summary }: Sample): string {
  return html
    .render(verdict, summary)
    .map(({ content }) => content)
    .join("");
}

/** Every tag in order, with its attribute names: what a browser would build, whatever the texts say. */
function skeleton(source: string): string[] {
  const body = source
    .replace(/<style>.*?<\/style>/s, "<style></style>")
    .replace(/(<script[^>]*>).*?(<\/script>)/s, "$1$2");
  return [...body.matchAll(/<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag.replaceAll(/="[^"]*"/g, ""));
}

/** The same run, with one untrusted text wherever a record or a name from outside can reach. */
function withText(text: string): Sample {
  const { verdict, summary } = sampleInvalid;
  const record = {
    ref: "r:t-0@1",
    atMs: 5,
    key: text,
    value: text,
    headers: { [`h${text}`]: text },
    writer: text,
    transaction: text,
  };
  return {
    verdict: {
      ...verdict,
      headline: text,
      scenario: text,
      question: text,
      mutant: text,
      runId: text,
      environment: text,
      residual: [text],
      replay: ["run", text],
      versions: { ...verdict.versions, pipeline: { [`v${text}`]: text } },
      anomalies: verdict.anomalies.map((anomaly) => ({
        ...anomaly,
        sentence: text,
        expected: text,
        actual: text,
        evidence: [text, "r:t-0@1"],
        task: text,
        faultsActive: [text],
        phase: text,
      })),
    },
    summary: {
      ...summary,
      records: [record],
      events: [{ ref: "e:1", atMs: 1, text }],
      faults: summary.faults.map((fault) => ({ ...fault, faultKind: text, label: text, targets: [text] })),
      members: [{ id: text, incarnations: [{ incarnation: 1, version: text, fromMs: 0, toMs: 9, ended: text }] }],
      steps: summary.steps.map((step) => ({ ...step, label: text, phases: [{ label: text, fromMs: 0, toMs: 1 }] })),
      series: [{ name: text, unit: text, points: [[0, 1]] }],
    },
  };
}

test("the page is one file: its policy forbids scripts and requests, and it has none", () => {
  for (const sample of samples) {
    const source = page(sample);
    expect(source).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]{44}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">/,
    );
    expect([...source.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<script type="application/json" id="rollproof-data">',
    ]);
    expect(
      skeleton(source).filter((tag) => /\s(src|style|on\w+)(=|\s|>)|<(img|iframe|link|object|base|form)/i.test(tag)),
    ).toEqual([]);
    expect(source.match(/url\((?!#hatch)|@import|https?:/g)).toBeNull();
  }
});

test("the data in the page is the verdict and the summary", () => {
  const [, data = ""] = /id="rollproof-data">(.*?)<\/script>/s.exec(page(sampleInvalid)) ?? [];
  expect(JSON.parse(data)).toEqual(structuredClone({ verdict: sampleInvalid.verdict, summary: sampleInvalid.summary }));
});

test("the page says verdict, headline, question, what was rolled, injured and exercised, and how to replay", () => {
  const source = page(sampleValid);
  expect([...source.matchAll(/<h[12]>([^<]*)<\/h[12]>/g)].map(([, title]) => title)).toEqual([
    sampleValid.verdict.headline,
    "Rolled",
    "Injured",
    "Rests on",
    "Timeline",
    "Exercised",
    "Invariants",
    "Not shown by this run",
    "Events",
    "Versions",
  ]);
  for (const text of [
    "environment <b>process</b>",
    "member-2 v1 → v2",
    "crash member-3",
    "npm run -s rollproof -- run scenarios/sample-valid.yaml --seed 42",
  ])
    expect(source).toContain(text);
});

test("each anomaly links to the evidence that the page shows, and each link has its target", () => {
  for (const sample of samples) {
    const source = page(sample);
    const ids = new Set([...source.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...source.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.has(id))).toEqual([]);
  }
  expect(page(sampleInvalid)).toContain('<a href="#record-2"><code>r:settlements-2@1013</code></a>');
});

test("a run without anything in it still makes a page", () => {
  const { verdict, summary } = sampleUnknown;
  const empty = {
    ...summary,
    endMs: 0,
    phases: [],
    members: [],
    brokers: [],
    faults: [],
    steps: [],
    series: [],
    events: [],
  };
  const source = page({
    verdict: { ...verdict, findings: [], exercised: [], residual: [], reasons: [] },
    summary: empty,
  });
  expect(source).toContain("Nothing: no upgrade step began.");
  expect(source).not.toMatch(/NaN|Infinity|undefined/);
});

test("no text from outside adds a tag or an attribute to the page", () => {
  // Which bars of the drawing have room for words depends on the text, so there only the sorts of tags are compared.
  const drawing = /<svg class="timeline".*?<\/svg>/s;
  const outside = (source: string): string => skeleton(source.replace(drawing, "")).join("\n");
  const inside = (source: string): string[] => [...new Set(skeleton(drawing.exec(source)?.[0] ?? ""))];
  const own = outside(page(withText("x")));
  const drawn = new Set(inside(page(sampleInvalid)).concat(inside(page(withText("x")))));
  const anyText = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary", minLength: 1 }));
  fc.assert(
    fc.property(anyText, (text) => {
      const source = page(withText(text));
      expect(outside(source)).toBe(own);
      expect(inside(source).filter((tag) => !drawn.has(tag))).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("control and direction characters are written out in the page's texts", () => {
  for (const text of hostile) {
    const source = page(withText(text)).replace(/(<script[^>]*>).*?(<\/script>)/s, "");
    expect(source.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
});

test("a record of ten million characters is cut off", () => {
  const source = page(withText("x".repeat(10_000_000)));
  expect(source.length).toBeLessThan(400_000);
  expect(source).toContain("… (10000000 characters)");
});
