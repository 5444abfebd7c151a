import type { PipelineDescription } from "../model/pipeline.ts";
import { reference } from "./reference.ts";

/** The built-in pipelines, by the name that a scenario's `pipeline` gives. */
export const pipelines: ReadonlyMap<string, PipelineDescription> = new Map([[reference.name, reference]]);
