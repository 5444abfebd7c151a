import { z } from "zod";

/** Time-outs of the profile in milliseconds, as the harness scales them. */
const timings = z.strictObject({
  sessionTimeoutMs: z.int().min(100),
  heartbeatIntervalMs: z.int().min(10),
  rebalanceTimeoutMs: z.int().min(100),
  maxWaitMs: z.int().min(1),
  requestTimeoutMs: z.int().min(100),
  transactionTimeoutMs: z.int().min(100),
  transactionScanMs: z.int().min(1),
  brokerSessionTimeoutMs: z.int().min(1),
});

const pointNames = ["after-send", "before-commit", "after-commit", "mid-checkpoint", "after-checkpoint", "mid-restore"];

/** A point to park at: `nth` counts hits from the arming on; without partition every task of the stage parks. */
export const pointOrderSchema = z.strictObject({
  point: z.enum(pointNames),
  stage: z.string().min(1).max(100),
  partition: z.int().min(0).nullable().optional(),
  nth: z.int().min(1).max(1_000_000).default(1),
});

const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/u, "expected a Kafka topic name");

const stageSchema = z.strictObject({
  name: z.enum(["velocity", "settlement"]),
  source: topic,
  group: z.string().min(1).max(200),
  changelog: topic,
  sink: topic,
});

/** The stages of docs/reference-pipeline.md. */
const referenceStages: readonly z.input<typeof stageSchema>[] = [
  {
    name: "velocity",
    source: "payments",
    group: "reference-velocity",
    changelog: "velocity-changelog",
    sink: "by-merchant",
  },
  {
    name: "settlement",
    source: "by-merchant",
    group: "reference-settlement",
    changelog: "settlement-changelog",
    sink: "settlements",
  },
];

const configSchema = z.strictObject({
  partitions: z.int().min(1).max(1000),
  timings,
  mutant: z.string().min(1).max(100).nullable().default(null),
  stages: z
    .array(stageSchema)
    .min(1)
    .max(2)
    .default([...referenceStages]),
  flagsTopic: topic.default("reference.flags"),
  /** Commits of a task between two checkpoints. */
  checkpointEvery: z.int().min(1).max(1_000_000).default(10),
  /** Source records that one transaction takes at most. */
  maxPerTransaction: z.int().min(1).max(10_000).default(150),
  /** Fetches of a source wait for this many bytes, or for maxWaitMs: fewer, larger transactions. */
  fetchMinBytes: z.int().min(1).max(10_000_000).default(1),
  /** A SIGTERM must have drained by then. */
  drainTimeoutMs: z.int().min(100).default(15_000),
  /** Points armed from the start. */
  points: z.array(pointOrderSchema).max(100).default([]),
});

export type MemberConfig = z.output<typeof configSchema>;
export type StageConfig = z.output<typeof stageSchema>;
export type PointOrder = z.output<typeof pointOrderSchema>;

/** What one incarnation of a member is told by its environment. */
export interface MemberSettings {
  readonly version: string;
  readonly member: string;
  readonly incarnation: number;
  /** `host:port` of each seed broker. */
  readonly bootstrap: readonly string[];
  readonly dataDirectory: string;
  /** 0: the operating system chooses. */
  readonly control: { readonly host: string; readonly port: number };
  readonly config: MemberConfig;
}

/** What is wrong with the start's arguments or environment; the process exits 64. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const environmentSchema = z.object({
  ROLLPROOF_MEMBER: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/u, "expected a member id such as member-1"),
  ROLLPROOF_INCARNATION: z.string().regex(/^\d{1,9}$/u, "expected a whole number"),
  ROLLPROOF_BOOTSTRAP: z
    .string()
    .regex(/^[^,\s:]+:\d{1,5}(,[^,\s:]+:\d{1,5})*$/u, "expected host:port, more of them after commas"),
  ROLLPROOF_DATA_DIR: z.string().min(1, "expected a directory"),
  ROLLPROOF_CONTROL_HOST: z
    .string()
    .regex(/^[\w.:-]{1,255}$/u, "expected an address to listen at")
    .default("127.0.0.1"),
  ROLLPROOF_CONTROL_PORT: z
    .string()
    .regex(/^\d{1,5}$/u, "expected a port, 0 to let the system choose")
    .default("0"),
  ROLLPROOF_CONFIG: z.string().min(1, "expected JSON"),
});

/** Checks `--version` and the ROLLPROOF_ variables. Throws SettingsError, which names what was expected. */
export function readSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  versions: readonly string[],
): MemberSettings {
  const [flag, version, ...rest] = argv;
  if (flag !== "--version" || version === undefined || rest.length > 0 || !versions.includes(version))
    throw new SettingsError(`Expected the arguments --version ${versions.join("|")}, not: ${argv.join(" ") || "none"}`);
  const found = environmentSchema.safeParse(environment);
  if (!found.success) throw new SettingsError(explain("the environment", found.error));
  return {
    version,
    member: found.data.ROLLPROOF_MEMBER,
    incarnation: Number(found.data.ROLLPROOF_INCARNATION),
    bootstrap: found.data.ROLLPROOF_BOOTSTRAP.split(","),
    dataDirectory: found.data.ROLLPROOF_DATA_DIR,
    control: { host: found.data.ROLLPROOF_CONTROL_HOST, port: Number(found.data.ROLLPROOF_CONTROL_PORT) },
    config: readConfig(found.data.ROLLPROOF_CONFIG),
  };
}

function readConfig(text: string): MemberConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SettingsError(`ROLLPROOF_CONFIG is not JSON: ${cause instanceof Error ? cause.message : "unreadable"}`, {
      cause,
    });
  }
  const config = configSchema.safeParse(json);
  if (!config.success) throw new SettingsError(explain("ROLLPROOF_CONFIG", config.error));
  return config.data;
}

function explain(where: string, error: z.ZodError): string {
  const lines = error.issues.map((issue) => `  ${issue.path.join(".") || "(whole)"}: ${issue.message}`);
  return `Something in ${where} is not as expected:\n${lines.join("\n")}`;
}
