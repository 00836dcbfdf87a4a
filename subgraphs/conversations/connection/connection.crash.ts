// Crash table of tokens: each step of connecting by a dialogue and of exchanging a token, what is committed then, what a restart does.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const connectionCrashTable = [
  {
    point: 'token:exchanged', step: 'the provider gave a longer token, the inbox has the one before',
    committed: 'when it was tried', onRestart: 'the one before holds until it ends; six hours later it is exchanged again',
  },
  {
    point: 'token:kept', step: 'the inbox has the longer token, its job was not closed',
    committed: 'the token sealed, when it ends, its audit row', onRestart: 'the job runs again and finds that it is not its time',
  },
  {
    point: 'connect:redeemed', step: 'the code of a dialogue was redeemed, what it granted was not kept',
    committed: 'inbox_connection EXCHANGING', onRestart: 'nobody goes on with it, as a code holds once; who began it begins again; it is forgotten after an hour',
  },
  {
    point: 'connect:granted', step: 'what was granted was sealed, the browser has no answer',
    committed: 'inbox_connection READY, its audit row', onRestart: 'as above: what shows whose browser it was has gone with the answer',
  },
  {
    point: 'connect:made', step: 'what was chosen became an inbox, Meta was not told to deliver to it',
    committed: 'the inbox, or the new token of one that was there; its audit row', onRestart: 'the client finishes again: the same inbox, and Meta is told',
  },
] as const satisfies readonly CrashStep[];

export type ConnectionCrashPoint = (typeof connectionCrashTable)[number]['point'];
