/** Asks together for what came while earlier questions were under way: one native call for many, without a pause of its own. */
export class Gathering<Key, Answer> {
  private next: { readonly keys: Key[]; readonly answer: Promise<Answer> } | undefined;
  private underWay = 0;
  private goOn: (() => void) | undefined;

  /** `atOnce`: so many questions may be under way before the following ones are gathered. */
  constructor(private readonly ask: (keys: readonly Key[]) => Promise<Answer>, private readonly atOnce = 1) {}

  /** The answer to a question that was put after this call, and that has the key among its keys. */
  with(key: Key): Promise<Answer> {
    this.next ??= this.open();
    this.next.keys.push(key);
    return this.next.answer;
  }

  private open(): { readonly keys: Key[]; readonly answer: Promise<Answer> } {
    const keys: Key[] = [];
    return { keys, answer: this.askInTurn(keys) };
  }

  private async askInTurn(keys: readonly Key[]): Promise<Answer> {
    await this.turn();
    this.next = undefined;
    try {
      return await this.ask(keys);
    } finally {
      const following = this.goOn;
      this.goOn = undefined;
      // One that waits takes over this place, so the count stays.
      if (following) following();
      else this.underWay -= 1;
    }
  }

  /** Only one waits at a time: the others are gathered with it. */
  private turn(): Promise<void> {
    if (this.underWay >= this.atOnce) return new Promise<void>((resolve) => { this.goOn = resolve; });
    this.underWay += 1;
    // Those of the same moment come along.
    return Promise.resolve();
  }
}

/** One for each Unix account, as no command acts for two. */
export class GatheringByAccount<Key, Answer> {
  private readonly gatherings = new Map<string | undefined, Gathering<Key, Answer>>();

  constructor(private readonly ask: (keys: readonly Key[], user: string | undefined) => Promise<Answer>, private readonly atOnce = 1) {}

  with(key: Key, user: string | undefined): Promise<Answer> {
    let found = this.gatherings.get(user);
    if (found === undefined) this.gatherings.set(user, found = new Gathering((keys) => this.ask(keys, user), this.atOnce));
    return found.with(key);
  }
}
