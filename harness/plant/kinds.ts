import { changelogKinds } from "./kinds/changelog.ts";
import { checkpointKinds } from "./kinds/checkpoints.ts";
import { commitKinds } from "./kinds/commits.ts";
import { deletionKinds, deletionLawful } from "./kinds/deletions.ts";
import { eventKinds } from "./kinds/events.ts";
import { inputKinds } from "./kinds/inputs.ts";
import { lawfulKinds } from "./kinds/lawful.ts";
import { outputKinds } from "./kinds/outputs.ts";
import { planKinds } from "./kinds/plans.ts";
import { protocolKinds } from "./kinds/protocol.ts";
import { rawKinds } from "./kinds/raw.ts";
import { readingOrderKinds } from "./kinds/reading-order.ts";
import { secondReadKinds, secondReadLawful } from "./kinds/second-reads.ts";
import { transactionKinds } from "./kinds/transactions.ts";
import { upgradeKinds, upgradeLawful } from "./kinds/upgrade.ts";
import { valueKinds } from "./kinds/values.ts";
import type { AnyKind } from "./model.ts";

/** All kinds, in the order of docs/detection.md. */
export const kinds: readonly AnyKind[] = [
  ...outputKinds,
  ...valueKinds,
  ...changelogKinds,
  ...commitKinds,
  ...transactionKinds,
  ...checkpointKinds,
  ...inputKinds,
  ...planKinds,
  ...eventKinds,
  ...upgradeKinds,
  ...secondReadKinds,
  ...readingOrderKinds,
  ...deletionKinds,
  ...lawfulKinds,
  ...upgradeLawful,
  ...secondReadLawful,
  ...deletionLawful,
  ...protocolKinds,
  ...rawKinds,
];
