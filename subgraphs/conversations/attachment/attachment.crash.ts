// Crash table of files: each step of one's way in and out, what is committed then, what a restart does. Each is stopped at in attachment.test.ts.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const attachmentCrashTable = [
  {
    point: 'media:claimed', step: "a customer's file was taken up by whoever fetches it",
    committed: 'attachment FETCHING, its attempt counted', onRestart: 'when its lease is over the sweeper enqueues the job, which begins again under another name',
  },
  {
    point: 'media:written', step: 'the file was written, no row says so',
    committed: 'attachment FETCHING; a file nobody knows of', onRestart: 'the next attempt deletes what those before it have written, and fetches the file again',
  },
  {
    point: 'media:recorded', step: 'the file was recorded, its job was not closed',
    committed: 'attachment STORED, stored_file, outbox and audit rows', onRestart: 'the job runs again and finds nothing that waits',
  },
  {
    point: 'media:removed', step: 'the file of a deleted message was deleted, its row was not',
    committed: 'attachment GONE', onRestart: 'the sweeper enqueues the job, which finds no file and deletes the rows',
  },
] as const satisfies readonly CrashStep[];

export type AttachmentCrashPoint = (typeof attachmentCrashTable)[number]['point'];
