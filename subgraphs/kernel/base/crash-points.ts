// Named points at which a fault test may kill this process, so that "survives kill -9 at any line" is shown, not said.

/** Called right after (or before) an effect is committed. Does nothing unless the point is armed. */
export type CrashPoint = (point: string) => void;

export const noCrash: CrashPoint = () => undefined;

/** SIGKILL of this very process, the first time `armed` is passed. */
export const crashAt = (armed: string | undefined): CrashPoint =>
  armed ? (point) => { if (point === armed) process.kill(process.pid, 'SIGKILL'); } : noCrash;
