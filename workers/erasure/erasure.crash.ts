// Crash table of an erasure in one subgraph: each step between its order and its answer.
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';

export const erasureCrashTable = [
  {
    point: 'erasure:batch', step: 'a batch of rows of a table was deleted',
    committed: 'the batch, and how many have gone', onRestart: 'the job is repeated, or ordered again after a minute, and goes on with what is there',
  },
  {
    point: 'erasure:rows', step: 'no row is left, and nobody knows',
    committed: 'as before', onRestart: 'finds nothing more, and answers with what was counted',
  },
  {
    point: 'erasure:answered', step: 'the answer is in the outbox, the job was not closed',
    committed: 'the answer; the count is gone with it', onRestart: 'answers once more, with nothing; the first answer stands',
  },
] as const satisfies readonly CrashStep[];

export type ErasureCrashPoint = (typeof erasureCrashTable)[number]['point'];
