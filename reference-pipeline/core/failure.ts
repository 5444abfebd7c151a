/** The job cannot go on without risking its guarantee: what, why, and what the operator can do. The process ends. */
export class PipelineFailure extends Error {
  override readonly name = "PipelineFailure";
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
