// `npm run restore`: see `RESTORE_USAGE`.
import { restoreCommand } from '../backup/restore.command.js';
import { runCommand } from '../backup/command.run.js';

await runCommand(restoreCommand);
