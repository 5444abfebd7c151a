export class Trouble extends Error {
  constructor(message: string, remedy: string);
  readonly remedy: string;
}
export const environmentExit: 69;
