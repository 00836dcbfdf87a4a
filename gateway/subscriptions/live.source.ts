// One stream of a subgraph, pulled by one pump: each event is completed once, and the same bytes go to everybody who listens.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { spread } from '../../subgraphs/kernel/base/http.connections.js';
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { LiveSubscription, Membership, Outlet } from './live.subscription.js';

/** Subscribers told in one turn of the loop. */
const IN_ONE_TURN = 250;

export interface SourceParts {
  stream: SubgraphStream;
  /** @returns the JSON of one event, completed by what other subgraphs add */
  complete: (event: SubgraphResult, as: Outlet) => Promise<string>;
  /** What subscribers see of an error that ended the stream. */
  published: (error: unknown, as: Outlet) => unknown;
  /** Told of a stream that broke on its way. */
  interrupted: (error: StreamInterrupted, as: Outlet) => void;
  /** How many subscribers were told of an event. */
  told: (count: number) => void;
}

export class LiveSource implements Membership {
  /** Up to where of the feed it has told; null while the stream has not said, and of streams that have no positions. */
  position: bigint | null = null;
  readonly #members = new Set<LiveSubscription>();
  readonly #closed = Promise.withResolvers<void>();
  closed = false;

  /** @param opener acts while nobody listens yet */
  constructor(private readonly parts: SourceParts, private readonly opener: Outlet) {}

  /** From the next event on that it has not heard. */
  admit(member: LiveSubscription): LiveSubscription {
    member.source = this;
    this.#members.add(member);
    return member;
  }

  /** Takes a subscriber away; the last one ends the stream at its owner, at once. */
  release(member: LiveSubscription): void {
    if (!this.#members.delete(member) || this.#listener()) return;
    this.#end((silent) => silent.end(null));
  }

  /** All who listen here go on there: they have heard everything up to this position, and what comes there is what comes next. */
  moveTo(other: LiveSource, position: bigint): void {
    for (const member of [...this.#members]) {
      member.heard = position;
      this.release(member);
      other.admit(member);
    }
  }

  whenClosed(then: () => void): void {
    void this.#closed.promise.then(then);
  }

  /** Pulls until it is over. @param caughtUp called after each event once the history has been told. Never rejects. */
  async run(caughtUp?: () => void): Promise<void> {
    const { stream, complete } = this.parts;
    let live = false;
    try {
      for (let step = await stream.next(); !step.done && !this.closed; step = await stream.next()) {
        const event = step.value;
        const position = positionOf(event);
        live ||= isMark(event);
        if (isMark(event)) this.position = position;
        else await this.#tell(await complete(event, this.#as()), position);
        if (live && !this.closed) caughtUp?.();
      }
      // One that was closed has ended for everybody, in its own way.
      if (!this.closed) this.#end((member) => member.end(null));
    } catch (error) {
      if (!this.closed) await this.#fail(error);
    }
  }

  /** Ends it for everybody. @param error what they see */
  refuse(error: unknown): void {
    this.#end((member) => member.end(error));
  }

  /** Ends it, and asks everybody to come back. */
  interrupt(error: StreamInterrupted): void {
    void this.#fail(error);
  }

  /** Who asks for an event: one of those who listen, all of whom may see the same. */
  #as(): Outlet {
    return this.#listener()?.outlet ?? this.opener;
  }

  #listener(): LiveSubscription | null {
    for (const member of this.#members) if (!member.outlet.silent) return member;
    return null;
  }

  async #tell(json: string, position: bigint | null): Promise<void> {
    // Said before it is told: who joins from now on has heard this event elsewhere, or is in the set that is gone through here.
    if (position !== null) this.position = position;
    let told = 0;
    for (const member of this.#members) {
      if (position !== null && position <= member.heard) continue;
      member.heard = position ?? member.heard;
      member.outlet.next(json);
      if (!member.outlet.silent) told += 1;
      if (told % IN_ONE_TURN === 0) await nextTurn();
    }
    this.parts.told(told);
  }

  async #fail(error: unknown): Promise<void> {
    const { interrupted, published } = this.parts;
    if (!(error instanceof StreamInterrupted)) {
      const seen = published(error, this.#as());
      this.#end((member) => member.end(seen));
      return;
    }
    interrupted(error, this.#as());
    const members = [...this.#members];
    this.#close();
    await spread(members, (member) => { if (!member.ended) member.outlet.interrupted(); });
  }

  #end(how: (member: LiveSubscription) => void): void {
    const members = [...this.#members];
    this.#close();
    for (const member of members) how(member);
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#closed.resolve();
    // How a stream ends that nobody reads is nobody's concern.
    this.parts.stream.return?.().catch(() => undefined);
  }
}

/** A word of the stream about itself: everything up to its position has been told. */
const isMark = ({ data, errors }: SubgraphResult): boolean => data === undefined && errors === undefined;

const positionOf = ({ extensions }: SubgraphResult): bigint | null => (extensions?.position === undefined ? null : BigInt(extensions.position));
