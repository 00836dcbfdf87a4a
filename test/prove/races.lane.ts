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

export interface RaceLane {
  name: string;
  /** In a world of its own each time. @param small a tenth of it, for every day */
  run(world: RaceWorld, small: boolean): Promise<RaceOutcome>;
  /** The statement that drops the constraint which is the last word: with it dropped, `run` must find violations. */
  breaks: string;
}
