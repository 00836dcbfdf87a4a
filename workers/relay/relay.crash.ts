// Crash table of the relay: each step between an outbox row and its deletion.
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';

export const relayCrashTable = [
  {
    point: 'relay:assigned', step: 'feed events got their positions',
    committed: 'positions on the outbox rows, feed rows, feed state', onRestart: 'publishes the same rows with the same positions',
  },
  {
    point: 'relay:published', step: 'jobs were enqueued and bus messages sent',
    committed: 'as before, and the jobs', onRestart: 'publishes them once more: jobs by key, feeds by position',
  },
  {
    point: 'relay:deleted', step: 'the rows were deleted',
    committed: 'the rows are gone', onRestart: 'starts with the next rows',
  },
] as const satisfies readonly CrashStep[];

export type RelayCrashPoint = (typeof relayCrashTable)[number]['point'];
