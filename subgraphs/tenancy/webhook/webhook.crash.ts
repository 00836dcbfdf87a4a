// Crash table of webhooks that go out: each step between an event in a feed and its receiver's answer.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const webhookCrashTable = [
  {
    point: 'webhook:collected', step: 'a round of a feed was given to the endpoints, the jobs were not begun',
    committed: 'a row for each endpoint and event, and how far the feed was followed', onRestart: 'the sweeper finds endpoints with something due',
  },
  {
    point: 'webhook:claimed', step: 'messages were taken to be sent',
    committed: 'whose they are, for a minute', onRestart: 'takes them again when the minute is over',
  },
  {
    point: 'webhook:answered', step: 'the receiver has answered, and nobody knows',
    committed: 'as before', onRestart: 'sends it once more, with the same `webhook-id` and the same body',
  },
  {
    point: 'webhook:recorded', step: 'what came of it is written down',
    committed: 'the attempt, the state of the message and of its endpoint', onRestart: 'goes on with the next',
  },
] as const satisfies readonly CrashStep[];

export type WebhookCrashPoint = (typeof webhookCrashTable)[number]['point'];
