// Crash table of payments: each step between the wish, which is a mutation's, and what is written of its outcome, and each of a webhook. Killed at in test/prove/races.kills.ts.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const paymentCrashTable = [
  {
    point: 'payment:asking', step: 'what is wished for was read, the provider was not asked',
    committed: 'the wish, with when it is due', onRestart: 'the client repeats with its key, or the job settles it when it is due: the provider is asked for the first time',
  },
  {
    point: 'payment:acted', step: 'the provider made, charged, captured or called off the payment',
    committed: 'the wish', onRestart: 'the provider is asked again by the key of the wish and answers as before; nothing is done twice',
  },
  {
    point: 'payment:refunded', step: 'the provider gave something back',
    committed: 'the refund PENDING, with its room taken', onRestart: 'it is found by its id among the refunds that the provider knows, and not asked for again',
  },
  {
    point: 'payment:answered', step: 'all that the provider knows of the payment was heard, nothing was written',
    committed: 'the wish', onRestart: 'as before: it is heard once more',
  },
  {
    point: 'payment:settled', step: 'what the provider knows was written down: events, balance, the order, its stock',
    committed: 'all of it, in one transaction; nothing is wished for any more', onRestart: 'nothing; the client repeats and is shown it, a job finds nothing to ask',
  },
  {
    point: 'payment_webhook:verified', step: 'the signature of a delivery was proved',
    committed: 'nothing', onRestart: 'nothing; the provider got no answer and delivers again',
  },
  {
    point: 'payment_webhook:stored', step: 'it was noted that something happened, the provider has no answer yet',
    committed: 'payment_webhook RECEIVED, its outbox and audit rows', onRestart: 'the relay enqueues the job; the second delivery is the same row',
  },
  {
    point: 'payment_webhook:counted', step: 'a job began to look into it',
    committed: 'one attempt more, and when the next is due', onRestart: 'the job runs again, or the sweeper enqueues it when it is due',
  },
  {
    point: 'payment_webhook:looked', step: 'the payment it is about was settled, or is none of ours',
    committed: 'what was settled; payment_webhook RECEIVED', onRestart: 'the job runs again and settles what is settled',
  },
  {
    point: 'payment_webhook:closed', step: 'it was closed, its job was not',
    committed: 'payment_webhook PROCESSED or IGNORED', onRestart: 'the job runs again and finds nothing that waits',
  },
] as const satisfies readonly CrashStep[];

export type PaymentCrashPoint = (typeof paymentCrashTable)[number]['point'];
