// Crash table of conversations: each step of a message's way in and out, what is committed then, what a restart does.
import type { CrashStep } from '../kernel/base/crash-points.js';

export const conversationsCrashTable = [
  {
    point: 'ingest:verified', step: 'the signature of a delivery was proved',
    committed: 'nothing', onRestart: 'nothing; the provider got no answer and delivers again',
  },
  {
    point: 'ingest:stored', step: 'the raw delivery was stored, the provider has no answer yet',
    committed: 'webhook_delivery RECEIVED, its audit row', onRestart: 'whoever reads finds it unread; the second delivery is the same row',
  },
  {
    point: 'ingest:item', step: 'one item of the delivery, not the last, became a message or a status',
    committed: 'the items so far, each whole, but for messages that share a transaction with this one, in this delivery or others; the delivery still RECEIVED', onRestart: 'it is read again from the first item; what is there already changes nothing',
  },
  {
    point: 'ingest:finished', step: 'the delivery was closed with its last item',
    committed: 'every item; the delivery PROCESSED', onRestart: 'nothing of it waits',
  },
  {
    point: 'send:queued', step: 'messageSend or conversationStart committed, the client has no answer yet',
    committed: 'message QUEUED, ledger INTENT, the idempotency key, outbox and audit rows',
    onRestart: 'whoever sends finds it unsent; the client repeats with the same key and gets the same message',
  },
  {
    point: 'send:claimed', step: 'the message was marked as attempted, nothing has left',
    committed: 'ledger ATTEMPTED', onRestart: 'it is not sent again by itself: whether the provider has it cannot be known here. UNCONFIRMED for a person',
  },
  {
    point: 'send:answered', step: 'the provider took the message, its id was not recorded',
    committed: 'ledger ATTEMPTED', onRestart: 'it is not sent again; the echo of a status settles it, else UNCONFIRMED for a person',
  },
  {
    point: 'send:recorded', step: "the provider's id and SENT were recorded",
    committed: 'message SENT, ledger ACCEPTED, outbox and audit rows', onRestart: 'nothing of it waits',
  },
] as const satisfies readonly CrashStep[];

export type ConversationsCrashPoint = (typeof conversationsCrashTable)[number]['point'];
