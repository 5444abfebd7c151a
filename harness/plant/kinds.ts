import { changelogKinds } from "./kinds/changelog.ts";
import { checkpointKinds } from "./kinds/checkpoints.ts";
import { commitKinds } from "./kinds/commits.ts";
import { eventKinds } from "./kinds/events.ts";
import { inputKinds } from "./kinds/inputs.ts";
import { lawfulKinds } from "./kinds/lawful.ts";
import { outputKinds } from "./kinds/outputs.ts";
import { protocolKinds } from "./kinds/protocol.ts";
import { transactionKinds } from "./kinds/transactions.ts";
import { valueKinds } from "./kinds/values.ts";
import type { Kind } from "./model.ts";

/** All kinds, in the order of docs/detection.md. */
export const kinds: readonly Kind[] = [
  ...outputKinds,
  ...valueKinds,
  ...changelogKinds,
  ...commitKinds,
  ...transactionKinds,
  ...checkpointKinds,
  ...inputKinds,
  ...eventKinds,
  ...lawfulKinds,
  ...protocolKinds,
];
