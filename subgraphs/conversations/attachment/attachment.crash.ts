// Crash table of files: each step of one's way in and out, what is committed then, what a restart does. Each is killed at by `prove -- crash`, and those of fetching and removal are stopped at in attachment.test.ts.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const attachmentCrashTable = [
  {
    point: 'media:claimed', step: "a customer's file was taken up by whoever fetches it",
    committed: 'attachment FETCHING, its attempt counted', onRestart: 'when its lease is over the sweeper enqueues the job, which begins again under another name',
  },
  {
    point: 'media:fetched', step: 'all of the file has come, and is not under its name yet',
    committed: 'attachment FETCHING; a draft nobody knows of', onRestart: 'the next attempt deletes what those before it have written, and fetches the file again',
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
    point: 'upload:received', step: 'all of an upload has come, and is not under its name yet',
    committed: 'attachment FETCHING; a draft nobody knows of', onRestart: 'when its lease is over the link is good again: the next call deletes what those before it have written; without one all of it goes after a day',
  },
  {
    point: 'upload:written', step: 'the upload was written, no row says so',
    committed: 'attachment FETCHING; a file nobody knows of', onRestart: 'as above',
  },
  {
    point: 'upload:recorded', step: 'the upload was recorded, who sent it has no answer',
    committed: 'attachment STORED, stored_file, audit row', onRestart: 'the next call is told that it is there',
  },
  {
    point: 'media:removed', step: 'the file of a deleted message was deleted, its row was not',
    committed: 'attachment GONE', onRestart: 'the sweeper enqueues the job, which finds no file and deletes the rows',
  },
] as const satisfies readonly CrashStep[];

export type AttachmentCrashPoint = (typeof attachmentCrashTable)[number]['point'];
