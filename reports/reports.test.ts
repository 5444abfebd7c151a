import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../harness/base/json.ts";
import type { Reporter } from "../harness/model/reporter.ts";
import { github } from "./github.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { hostile, sampleInvalid, sampleUnknown, sampleValid, type Sample } from "./sample-runs.fixture.ts";
import { terminal } from "./terminal.ts";
import { shownMax, visible, visibleLine } from "./visible.ts";
import { replayCommand } from "./words.ts";

const samples = { valid: sampleValid, unknown: sampleUnknown, invalid: sampleInvalid };
const plain = terminal({ colour: false, runDirectory: ".rollproof/runs/sample", report: null });

function content(reporter: Reporter, { verdict, summary }: Sample): string {
  return reporter
    .render(verdict, summary)
    .map(({ content }) => content)
    .join("");
}

/** A verdict with one untrusted text in every place that a record can reach. */
function withText(text: string): Sample {
  const { verdict, summary } = sampleInvalid;
  const anomalies = verdict.anomalies.map((anomaly) => ({ ...anomaly, sentence: text, expected: text, actual: text }));
  return {
    summary,
    verdict: {
      ...verdict,
      headline: text,
      reasons: [text],
      anomalies,
      findings: verdict.findings.map((finding) => ({ ...finding, why: text, anomalies })),
    },
  };
}

/** Any text, with the awkward code points often. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(...hostile),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

describe.each(Object.entries(samples))("the %s sample", (name, sample) => {
  test("is kept as JSON, and its text reports as they are", async () => {
    await expect(canonicalJson(sample.verdict)).toMatchFileSnapshot(`samples/${name}/verdict.json`);
    await expect(canonicalJson(sample.summary)).toMatchFileSnapshot(`samples/${name}/summary.json`);
    await expect(content(plain, sample)).toMatchFileSnapshot(`samples/${name}/terminal.txt`);
    await expect(content(junit, sample)).toMatchFileSnapshot(`samples/${name}/junit.xml`);
    await expect(content(github, sample)).toMatchFileSnapshot(`samples/${name}/github.txt`);
  });

  test("ends in the terminal with its replay command, and begins with the verdict", () => {
    const lines = content(plain, sample).trimEnd().split("\n");
    expect(lines[0]).toBe(`${name.toUpperCase()}  ${sample.verdict.headline}`);
    expect(lines.at(-1)).toBe(`  replay    ${replayCommand(sample.verdict)}`);
  });

  test("is told by JUnit with one case per invariant and one for the verdict, green only when valid", () => {
    const xml = content(junit, sample);
    expect([...xml.matchAll(/<testcase /g)]).toHaveLength(sample.verdict.findings.length + 1);
    expect(/ failures="0" errors="0"/.test(xml)).toBe(name === "valid");
  });

  test("goes to programs as its own JSON", () => {
    expect(json.render(sample.verdict, sample.summary)).toEqual([
      { path: null, content: canonicalJson(sample.verdict) },
    ]);
  });
});

test("colours paint the outcome only when asked for", () => {
  const coloured = terminal({ colour: true, runDirectory: null, report: null });
  expect(content(coloured, sampleValid).split("\n")[0]).toBe(
    `\u001b[1;97;42m VALID \u001b[0m  ${sampleValid.verdict.headline}`,
  );
  expect(content(plain, sampleValid)).not.toContain("\u001b");
});

test("the replay command is safe to paste into a shell", () => {
  const replay = ["run", "a b", "it's", "$(x)", "--seed", "42"];
  expect(replayCommand({ ...sampleValid.verdict, replay })).toBe(
    String.raw`npm run -s rollproof -- run 'a b' 'it'\''s' '$(x)' --seed 42`,
  );
});

test("no text brings a control or direction character to a terminal", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const told = content(plain, withText(text));
      expect(told).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(told.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    }),
  );
});

test("no text begins a workflow command or ends one early", () => {
  const own = content(github, withText("x")).trimEnd().split("\n").length;
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = content(github, withText(text)).trimEnd().split("\n");
      expect(lines).toHaveLength(own);
      expect(lines.filter((line) => !/^::error title=[^:,\r]*::[^\r]*$/.test(line))).toEqual([]);
    }),
  );
});

test("no text breaks out of the JUnit file", () => {
  const shape = (sample: Sample): string => content(junit, sample).replaceAll(/[^<>"]/g, "");
  const own = shape(withText("x"));
  fc.assert(
    fc.property(anyText, (text) => {
      const xml = content(junit, withText(text));
      expect(shape(withText(text))).toBe(own);
      expect(xml).not.toMatch(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
      expect(xml).not.toMatch(/&(?!(amp|lt|gt|quot);)/);
    }),
  );
});

test("a text of ten million characters is cut off in every report", () => {
  const large = withText("x".repeat(10_000_000));
  for (const reporter of [plain, junit, github]) expect(content(reporter, large).length).toBeLessThan(300_000);
});

test("visible text keeps what can be seen and writes out the rest", () => {
  expect(visible("a\tb\nc é 漢 🙂")).toBe("a\tb\nc é 漢 🙂");
  expect(visibleLine("a\nb\u202e\u0000")).toBe(String.raw`a\u{a}b\u{202e}\u{0}`);
  expect(visible("y".repeat(shownMax + 1))).toBe(`${"y".repeat(shownMax)}… (${shownMax + 1} characters)`);
});
