import { RollproofError } from "../../base/errors.ts";

/** Puts the contract variables into `${NAME}` templates. An unknown name is an error that lists the known ones. */
export function fillIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) return value;
    throw new RollproofError("scenario-invalid", `The template \${${name}} in a launch stands for nothing.`, {
      remedy: `Use one of ${Object.keys(variables)
        .map((known) => `\${${known}}`)
        .join(", ")}.`,
    });
  });
}
