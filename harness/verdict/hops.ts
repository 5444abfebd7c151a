import type { PipelineDescription } from "../model/pipeline.ts";

/** Hops from the input to the last sink that nothing was judged of, for people. */
export function unjudgedHops({ stages, workload, specificationPath }: PipelineDescription): readonly string[] {
  const written = new Set([workload.topic, ...stages.flatMap(({ sinks }) => sinks)]);
  const unwritten = new Set(stages.flatMap(({ sources }) => sources).filter((source) => !written.has(source)));
  return [
    ...[...unwritten].map(
      (topic) =>
        `What leads to ${topic} was not judged: no described stage writes it. A record lost before it is not noticed.`,
    ),
    ...(specificationPath === null
      ? ["What the stages make of their records was not judged: the pipeline has no specification."]
      : []),
  ];
}
