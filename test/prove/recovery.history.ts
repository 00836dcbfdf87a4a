// What every row was at every moment, as those who wrote it were told; and what is wrong with a database that claims to be as it was at one.

/** A change of one row. Its writer made them one after another. */
export interface Change {
  /** What the row holds from then on; null: it is gone. */
  text: string | null;
  /** Before it was sent, and after the answer, by this machine's clock, which is the server's; Infinity: nobody answered. */
  sentAt: number;
  ackedAt: number;
}

export type Rows = ReadonlyMap<number, string>;

/** Within a millisecond nobody can say which came first. */
const SAME_MS = 1;

export class History {
  readonly #rows = new Map<number, Change[]>();
  #changes = 0;

  /** How many were acknowledged. */
  get changes(): number {
    return this.#changes;
  }

  begin(id: number, text: string | null): Change {
    const change = { text, sentAt: Date.now(), ackedAt: Infinity };
    const known = this.#rows.get(id);
    if (known) known.push(change);
    else this.#rows.set(id, [change]);
    return change;
  }

  acknowledge(change: Change): void {
    change.ackedAt = Date.now();
    this.#changes += 1;
  }

  /** Row by row: each must hold what was acknowledged last before the moment, or what was on its way in it. */
  differences(found: Rows, moment: number): string[] {
    let [missing, other, early] = [0, 0, 0];
    for (const [id, changes] of this.#rows) {
      const last = changes.findLastIndex(({ ackedAt }) => ackedAt < moment - SAME_MS);
      const possible = changes.filter(({ sentAt }, at) => at === last || (at > last && sentAt <= moment + SAME_MS)).map(({ text }) => text);
      if (last < 0) possible.push(null);
      const is = found.get(id) ?? null;
      if (possible.includes(is)) continue;
      if (is === null) missing += 1;
      else if (changes.some(({ text, sentAt }) => text === is && sentAt > moment)) early += 1;
      else other += 1;
    }
    return [...said(missing, 'rows of then are missing'), ...said(early, 'rows are as they became later'), ...said(other, 'rows hold something else than they did'), ...this.#unknown(found)];
  }

  /** Of a database that died: what was acknowledged and is not in it. What is lost must be the end, and not something in the middle. */
  lost(found: Rows): { count: number; oldest: number | null; violations: string[] } {
    const lost: Change[] = [];
    const there: Change[] = [];
    let other = 0;
    for (const [id, changes] of this.#rows) {
      const is = found.get(id) ?? null;
      // A row that is not there may have gone or never have come: it says nothing.
      if (is === null && changes.at(-1)?.text === null) continue;
      const at = changes.findLastIndex(({ text }) => text === is);
      if (at < 0 && is !== null) other += 1;
      there.push(...changes.slice(0, at + 1));
      lost.push(...changes.slice(at + 1).filter(({ ackedAt }) => ackedAt < Infinity));
    }
    const oldest = lost.reduce<number | null>((least, { ackedAt }) => (least === null || ackedAt < least ? ackedAt : least), null);
    const later = oldest === null ? 0 : there.filter(({ sentAt }) => sentAt > oldest).length;
    return { count: lost.length, oldest, violations: [...said(later, 'changes are there that came after a lost one'), ...said(other, 'rows hold something that nobody wrote'), ...this.#unknown(found)] };
  }

  #unknown(found: Rows): string[] {
    return said([...found.keys()].filter((id) => !this.#rows.has(id)).length, 'rows are there that nobody wrote');
  }
}

const said = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);
