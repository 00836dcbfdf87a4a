// Where backups are kept, a second place for them, and for how long.
import { z } from 'zod';
import { baseUrl, bucketName, wholeNumber } from './config.values.js';

export const backupVariables = {
  BACKUP_FOLDER: z.string().optional(),
  BACKUP_BUCKET: bucketName.optional(),
  BACKUP_SECOND_FOLDER: z.string().optional(),
  BACKUP_SECOND_BUCKET: bucketName.optional(),
  BACKUP_SECOND_REGION: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: 'must be a region like eu-west-1' }).optional(),
  BACKUP_SECOND_ENDPOINT: baseUrl('https://objects.example.org').optional(),
  BACKUP_KEEP_COUNT: wholeNumber(1, 10_000).default(7),
  BACKUP_KEEP_DAYS: wholeNumber(0, 36_500).default(30),
  BACKUP_TENANT_KEEP_COUNT: wholeNumber(1, 10_000).default(8),
  BACKUP_TENANT_KEEP_DAYS: wholeNumber(0, 36_500).default(14),
};

/** A place for backups: a folder, or a bucket. */
export type BackupPlace<Bucket> = { folder: string } | { bucket: Bucket };

export interface BackupConfig<Bucket> {
  /** Absent: no backups are taken. */
  first: BackupPlace<Bucket> | undefined;
  /** Holds the same, best in another region. */
  second: BackupPlace<Bucket> | undefined;
  /** So many of the newest are kept, however old. */
  keepCount: number;
  /** All younger than this are kept. */
  keepDays: number;
  /** The same of each tenant's own. */
  tenants: { keepCount: number; keepDays: number };
}

/** @param bucketOf with the login, region and endpoint of all object stores @throws what `fail` makes of a sentence */
export function backupConfig<Bucket extends object>(
  value: z.infer<z.ZodObject<typeof backupVariables>>, bucketOf: (name: string) => Bucket, fail: (sentence: string) => Error,
): BackupConfig<Bucket> {
  const { BACKUP_SECOND_REGION: region, BACKUP_SECOND_ENDPOINT: endpoint } = value;
  const place = (name: string, folder: string | undefined, bucket: Bucket | undefined): BackupPlace<Bucket> | undefined => {
    if (folder !== undefined && bucket !== undefined) throw fail(`${name}_FOLDER and ${name}_BUCKET are both set; one of them must go.`);
    return folder !== undefined ? { folder } : bucket && { bucket };
  };
  const second = value.BACKUP_SECOND_BUCKET === undefined ? undefined
    : { ...bucketOf(value.BACKUP_SECOND_BUCKET), ...(region !== undefined ? { region } : {}), ...(endpoint !== undefined ? { endpoint } : {}) };
  const config = {
    first: place('BACKUP', value.BACKUP_FOLDER, value.BACKUP_BUCKET === undefined ? undefined : bucketOf(value.BACKUP_BUCKET)),
    second: place('BACKUP_SECOND', value.BACKUP_SECOND_FOLDER, second), keepCount: value.BACKUP_KEEP_COUNT, keepDays: value.BACKUP_KEEP_DAYS,
    tenants: { keepCount: value.BACKUP_TENANT_KEEP_COUNT, keepDays: value.BACKUP_TENANT_KEEP_DAYS },
  };
  if (config.second && !config.first) throw fail('BACKUP_FOLDER or BACKUP_BUCKET is required with a second place for backups.');
  return config;
}
