import { startMemberProcess } from "./kafka/member-process.ts";

/** `node reference-pipeline/main.ts --version v1|v2`: one member of the reference pipeline (design §6, docs/reference-pipeline.md). */
startMemberProcess(process.argv.slice(2), process.env);
