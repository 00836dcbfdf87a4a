// Crash table of a purge, in each subgraph that keeps what has its time.
import type { CrashStep } from '../base/crash-points.js';

export const retentionCrashTable = [
  {
    point: 'retention:deleted', step: 'a batch of what is too old was deleted and the trail was told, neither is committed',
    committed: 'the batches before, each with its event', onRestart: 'the job is repeated, or ordered again the next day, and finds this batch as it was',
  },
  {
    point: 'retention:batch', step: 'a batch was committed, the next was not begun',
    committed: 'this batch too, with its event', onRestart: 'the job is repeated, or ordered again the next day, and goes on with what is there',
  },
] as const satisfies readonly CrashStep[];

export type RetentionCrashPoint = (typeof retentionCrashTable)[number]['point'];
