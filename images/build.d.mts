/** An installed tool: where its stamp lies, and the folder that the build copies from. */
interface Material {
  readonly folder: string;
  readonly context: string;
}
export interface Recipe {
  readonly tag: string;
  readonly parent: string | null;
  readonly dockerfile: string | null;
  readonly material: (() => Promise<Material>) | null;
}
export function buildAll(
  recipes: readonly Recipe[],
  options: { readonly force: boolean; readonly signal: AbortSignal; readonly end: () => void },
): Promise<readonly { readonly tag: string; readonly did: "built" | "up to date" | "left alone" }[]>;
