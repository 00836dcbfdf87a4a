// What one lane of the race proof is: many at once for little, what came of it, and the constraint without which it must come out wrong.
import type { RaceWorld } from './races.world.js';

export interface RaceOutcome {
  /** How often somebody tried. */
  attempts: number;
  /** How many of them got what they wanted. */
  won: number;
  /** What the database holds that it must not; empty: nothing. */
  violations: string[];
}

export interface RaceResult extends RaceOutcome {
  name: string;
  /** Most transactions that were open at the same time. */
  concurrency: number;
  /** What came out wrong without the constraint: nothing would be wrong with the proof. */
  withoutIt: string[];
  /** How often a process was killed, by point; absent where none is. */
  kills?: Record<string, number>;
  /** How often a client got no answer, and asked again. */
  askedAgain?: number;
}

export interface RaceLane {
  name: string;
  /** Its world has a stand-in of Stripe. */
  stripe?: true;
  /** In a world of its own each time. @param small a tenth of it, for every day */
  run(world: RaceWorld, small: boolean): Promise<RaceOutcome>;
  /** The statement that drops the constraint which is the last word: with it dropped, `run` must find violations. */
  breaks: string;
}
