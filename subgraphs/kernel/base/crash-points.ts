// Named points at which a fault test may kill this process, so that "survives kill -9 at any line" is shown, not said.

/** One line of a crash table: the tables are data, and the kill tests are generated from them. */
export interface CrashStep<Point extends string = string> {
  point: Point;
  /** What the process has just done when it passes the point. */
  step: string;
  /** What is committed at that moment. */
  committed: string;
  /** What the next start does about it. */
  onRestart: string;
}

/** Called right after (or before) an effect is committed. Does nothing unless the point is armed. `Point` is what a crash table lists. */
export type CrashPoint<Point extends string> = (point: Point) => void;

export const noCrash: CrashPoint<string> = () => undefined;

/** SIGKILL of this very process, the first time `armed` is passed. */
export const crashAt = (armed: string | undefined): CrashPoint<string> =>
  armed ? (point) => { if (point === armed) process.kill(process.pid, 'SIGKILL'); } : noCrash;
