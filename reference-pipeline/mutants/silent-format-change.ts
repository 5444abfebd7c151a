import type { State } from "../core/state.ts";
import { correct } from "../core/strategy.ts";
import { v1 } from "../versions/v1.ts";
import type { Mutant } from "./mutant.ts";

export const silentFormatChange: Mutant = {
  id: "M11",
  name: "silent-format-change",
  models: "KAFKA-10173, a release that changed the bytes of its state and not the version that names them.",
  change: "v2 writes state `{n, t}` as `[t, n]` under version byte 1, and reads it so.",
  needs: "a roll from v1 to v2.",
  flaggedBy: ["EO4", "UP1"],
  strategy: {
    ...correct,
    version: (version) => (version.name === "v2" ? { ...version, schema: "1", encode, decode } : version),
  },
};
const swapped = (state: State): State => ("n" in state ? { ...state, n: state.t, t: state.n } : state);
const encode: typeof v1.encode = (key, state) => v1.encode(key, swapped(state));
const decode: typeof v1.decode = (stage, key, bytes) => swapped(v1.decode(stage, key, bytes));
