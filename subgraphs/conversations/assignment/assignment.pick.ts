// Who gets which conversation: by turns or by load, within capacity and the fair limit.
export interface Taker {
  id: string;
  /** Null: no limit. */
  capacity: number | null;
  /** Open conversations of the inbox they are in charge of, those that count. */
  load: number;
  /** The lowest is next. */
  turn: number;
  /** How many more they may be given within the span of the fair limit. */
  fair: number;
}

export interface Waiting {
  id: string;
  teamId: string | null;
}

export type Mode = 'ROUND_ROBIN' | 'BALANCED';

export const canTake = ({ capacity, load, fair }: Taker): boolean => fair > 0 && (capacity === null || load < capacity);

const share = ({ load, capacity }: Taker): number => load / (capacity ?? 1);

/** @param isIn whether somebody is in a team @returns conversation -> person, as far as somebody can take them; what it counts of the takers is counted in them */
export function pickAll(waiting: readonly Waiting[], takers: Taker[], mode: Mode, isIn: (teamId: string, userId: string) => boolean): Map<string, string> {
  const given = new Map<string, string>();
  let last = Math.max(0, ...takers.map(({ turn }) => turn));
  for (const { id, teamId } of waiting) {
    const [next] = takers.filter((taker) => canTake(taker) && (teamId === null || isIn(teamId, taker.id)))
      .toSorted((a, b) => (mode === 'BALANCED' ? share(a) - share(b) : 0) || a.turn - b.turn || (a.id < b.id ? -1 : 1));
    if (!next) continue;
    given.set(id, next.id);
    next.load += 1;
    next.fair -= 1;
    next.turn = last += 1;
  }
  return given;
}
