// `npm run backup`: see `BACKUP_USAGE`.
import { backupCommand } from '../backup/backup.command.js';
import { runCommand } from '../backup/command.run.js';

await runCommand(backupCommand);
