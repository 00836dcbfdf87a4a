// What an operator can mend about a backup or its restore, in one sentence.

export class BackupError extends Error {
  override readonly name = 'BackupError';
}
