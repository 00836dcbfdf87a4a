// Crash table of a mutation, in each subgraph alike. Armed with the action of one, as `mutation:written/order.place`: killed at in test/prove/races.kills.ts.
import type { CrashStep } from '../base/crash-points.js';

export const mutationCrashTable = [
  {
    point: 'mutation:written', step: 'the rows of a change were written, its transaction is open',
    committed: 'nothing', onRestart: 'nothing; PostgreSQL takes the rows back, and the client, who got no answer, asks again',
  },
  {
    point: 'mutation:committed', step: 'the change was committed, the client has no answer yet',
    committed: 'its rows, outbox and audit rows, and the idempotency key where it has one',
    onRestart: 'the client repeats: with the same key it gets what was made, with the version it had seen it is told that there is a newer one',
  },
] as const satisfies readonly CrashStep[];

export type MutationCrashPoint = `${(typeof mutationCrashTable)[number]['point']}/${string}`;
