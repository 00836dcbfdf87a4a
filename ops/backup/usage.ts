// How the commands of backups are called.
export const BACKUP_USAGE = 'npm run backup -- create [--label NAME] | list | verify [ID] [--level L0|L1|L2|L3] | prune [--dry-run] | point NAME | keep-log | files | rewrap | mend';
export const TENANT_BACKUP_USAGE = 'npm run backup -- tenant TENANT [--label NAME] | list TENANT | verify ID';
export const RESTORE_USAGE = 'npm run restore -- --to FOLDER [--port N] | --swap [--time ISO | --point NAME] [--backup ID] [--dry-run]';
export const TENANT_RESTORE_USAGE = 'npm run restore -- tenant ID --replace | --merge | --new [--name NAME] [--dry-run]';
