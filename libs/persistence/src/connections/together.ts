/** What comes while statements are under way goes with the next one: a busy node pays one short transaction for many rows. */
interface Waiting<Row, Answer> { readonly row: Row; done(answer: Answer | Promise<Answer>): void; failed(cause: unknown): void }

export interface TogetherLimits {
  /** Statements at a time. */
  readonly atOnce: number;
  /** Rows of one statement. */
  readonly most: number;
}

export class Together<Row, Answer> {
  private readonly waiting: Waiting<Row, Answer>[] = [];
  private underWay = 0;

  /** `act` answers for each row, in their order; an answer that is still to come, or fails, holds up and fails its own row only. */
  constructor(private readonly act: (rows: readonly Row[]) => Promise<readonly (Answer | Promise<Answer>)[]>, private readonly limits: TogetherLimits) {}

  /** At once while statements may begin; those of the same moment come along. */
  with(row: Row): Promise<Answer> {
    return new Promise((done, failed) => {
      this.waiting.push({ row, done, failed });
      if (this.underWay < this.limits.atOnce) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.underWay += 1;
    await Promise.resolve();
    while (this.waiting.length > 0) await this.actFor(this.waiting.splice(0, this.limits.most));
    this.underWay -= 1;
  }

  private async actFor(batch: readonly Waiting<Row, Answer>[]): Promise<void> {
    try {
      const answers = await this.act(batch.map(({ row }) => row));
      for (const [index, { done }] of batch.entries()) done(answers[index] as Answer | Promise<Answer>);
    } catch (cause) {
      for (const { failed } of batch) failed(cause);
    }
  }
}
