// Configuration from the environment, read here and nowhere else, validated together before anything starts.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { backupConfig, backupVariables, type BackupConfig } from './config.backup.js';
import { masterKeySource, type MasterKeySource } from './config.master-key.js';
import { PROVIDER_URLS, providersOf, providerVariables, type ProviderConfig } from './config.providers.js';
import { baseUrl, bucketName, oneOf, url, wholeNumber } from './config.values.js';
import { isNetwork } from './ip-networks.js';
import type { Thresholds } from './monitoring.alerts.js';

const postgresUrl = url(['postgres:', 'postgresql:'], 'must be a URL like postgres://user:password@host:5432/database');
const subgraphUrl = baseUrl('http://127.0.0.1:4101');

/** A PEM, as text or in base64, which `open` can read as an Ed25519 key. The value is the text. */
const ed25519 = (open: (pem: string) => KeyObject, kind: string) =>
  z.string().transform((text) => (text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('latin1'))).refine((pem) => {
    try {
      return open(pem).asymmetricKeyType === 'ed25519';
    } catch {
      return false;
    }
  }, { error: `must be an Ed25519 ${kind} key in PEM, as text or in base64` });
/** `createPublicKey` would also take a private key, which has no business where public ones go. */
const publicKey = (pem: string): KeyObject => {
  if (pem.includes('PRIVATE KEY')) throw new Error('a private key');
  return createPublicKey(pem);
};

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 'port number').default(4000),
  HOST: z.string().default('127.0.0.1'),
  PORT_SHARED: oneOf(['true', 'false']).default('false'),
  DRAIN_DELAY_MS: wholeNumber(0, 60_000).default(0),
  LIVE_CONNECTIONS: wholeNumber(1, 1_000_000).default(20_000),
  LIVE_CONNECTIONS_EACH: wholeNumber(1, 1_000_000).default(200),
  TRUSTED_PROXIES: z.string().transform((text) => text.split(',').map((one) => one.trim()).filter(Boolean))
    .refine((all) => all.every(isNetwork), { error: 'must be addresses and networks like 10.0.0.0/8,2001:db8::/32' }).default([]),
  SWITCHBOARD_DATA_DIR: z.string().default('.switchboard'),
  DATABASE_URL: postgresUrl.optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'must be a URL like redis://:password@host:6379').optional(),
  BUS_URL: url(['redis:', 'rediss:', 'postgres:', 'postgresql:'], 'must be a URL like redis://:password@host:6379 or postgres://user:password@host:5432/database').optional(),
  GATEWAY_URL: baseUrl('http://127.0.0.1:4000').optional(),
  ...providerVariables,
  SWITCHBOARD_MASTER_KEY: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_COMMAND: z.string().refine(isAbsolute, { error: 'must be the absolute path of a program' }).optional(),
  SWITCHBOARD_MASTER_KEY_KMS_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PASSPHRASE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PASSPHRASE_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_SALT: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_COMMAND: z.string().refine(isAbsolute, { error: 'must be the absolute path of a program' }).optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_KMS_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_PASSPHRASE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_PASSPHRASE_FILE: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_PREVIOUS_SALT: z.string().optional(),
  TENANT_KEY_DAYS: wholeNumber(1, 3_650).default(90),
  SWITCHBOARD_ACTOR_KEY: ed25519(createPrivateKey, 'private').optional(),
  SWITCHBOARD_ACTOR_KEY_FILE: z.string().optional(),
  SWITCHBOARD_ACTOR_PUBLIC_KEY: ed25519(publicKey, 'public').optional(),
  SWITCHBOARD_ACTOR_PUBLIC_KEY_FILE: z.string().optional(),
  MONITORING_TOKEN: z.string().regex(/^[\x21-\x7e]{16,256}$/, { error: 'must be 16 to 256 printable characters without spaces' }).optional(),
  MONITORING_TOKEN_FILE: z.string().optional(),
  ALERT_API_P95_MS: wholeNumber(0, 600_000).default(200),
  ALERT_DATABASE_P95_MS: wholeNumber(0, 600_000).default(50),
  ALERT_EVENT_LOOP_MS: wholeNumber(0, 600_000).default(100),
  ALERT_RSS_MB: wholeNumber(0, 1_048_576).default(0),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  NODE_ENV: oneOf(['development', 'test', 'production']).default('development'),
  UNCONFIRMED_AFTER_SECONDS: wholeNumber(1, 86_400).default(600),
  PUBLIC_URL: baseUrl('https://app.example.com').optional(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'must be a URL like smtps://user:password@host:465').optional(),
  MAIL_FROM: z.string().regex(/^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, { error: 'must be an address like Switchboard <no-reply@example.com>' }).optional(),
  TENANT_GRACE_SECONDS: wholeNumber(0, 31_536_000).default(2_592_000),
  AUDIT_RETENTION_MONTHS: wholeNumber(12, 1_200).default(60),
  AUDIT_CHECKPOINT_FILE: z.string().optional(),
  AUDIT_CHECKPOINT_URL: url(['http:', 'https:'], 'must be a URL like https://witness.example.com/checkpoints')
    .refine((text) => !URL.canParse(text) || /^[^#@]*$/.test(text), { error: 'must have no user name or fragment' }).optional(),
  AUDIT_CHECKPOINT_BUCKET: bucketName.optional(),
  S3_BUCKET: bucketName.optional(),
  S3_REGION: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: 'must be a region like eu-central-1' }).optional(),
  S3_ENDPOINT: baseUrl('https://objects.example.com').optional(),
  S3_PATH_STYLE: oneOf(['true', 'false']).default('false'),
  S3_PREFIX: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.-]*)*$/, { error: 'must be names between slashes, like production/switchboard' }).optional(),
  ...backupVariables,
  SWITCHBOARD_CRASH_AT: z.string().optional(),
});

/** What a message may repeat. A URL may hold a password, and one that cannot be parsed hides where. */
const SHOWN = new Set([
  'PORT', 'PORT_SHARED', 'DRAIN_DELAY_MS', 'LIVE_CONNECTIONS', 'LIVE_CONNECTIONS_EACH', 'TRUSTED_PROXIES', 'LOG_LEVEL', 'NODE_ENV', 'UNCONFIRMED_AFTER_SECONDS', 'TENANT_GRACE_SECONDS', 'AUDIT_RETENTION_MONTHS', 'TENANT_KEY_DAYS',
  'SWITCHBOARD_CALLBACKS_TO_LOOPBACK', 'ALERT_API_P95_MS', 'ALERT_DATABASE_P95_MS', 'ALERT_EVENT_LOOP_MS', 'ALERT_RSS_MB', 'AUDIT_CHECKPOINT_BUCKET', 'S3_BUCKET', 'S3_REGION', 'S3_PATH_STYLE', 'S3_PREFIX',
]);

/** A bucket of an object store. Who signs in to it is found by the store's own client. */
export interface BucketConfig {
  bucket: string;
  region: string;
  /** Absent: AWS. */
  endpoint: string | undefined;
  pathStyle: boolean;
  /** What every key begins with, without a slash at the end. */
  prefix: string | undefined;
}

export interface Config extends ProviderConfig {
  /** TCP port of the gateway; 0 takes a free one. */
  port: number;
  host: string;
  /** Other processes may listen on the same port. */
  portShared: boolean;
  /** How long a listener that drains still accepts, milliseconds. */
  drainDelayMs: number;
  /** Most WebSockets and streamed answers of a process, and of one person, key or address in it. */
  liveConnections: { all: number; each: number };
  /** Addresses and networks of our own proxies. */
  trustedProxies: string[];
  /** Absolute folder of the embedded database, keys and logs. */
  dataDir: string;
  /** External PostgreSQL; absent: the embedded one. */
  databaseUrl: string | undefined;
  /** A subgraph's own PostgreSQL, by its name; absent: `databaseUrl`. */
  databaseUrls: Readonly<Record<string, string>>;
  /** Base URL of a subgraph's own process, by its name, without a slash at the end. */
  subgraphUrls: Readonly<Record<string, string>>;
  /** Base URL of the gateway, for workers in processes of their own; absent: they leave exports to others. */
  gatewayUrl: string | undefined;
  /** Redis for the queues (and, without `busUrl`, for the bus); absent: PostgreSQL. */
  redisUrl: string | undefined;
  /** Redis or PostgreSQL for the bus; absent: `redisUrl`, else the database. */
  busUrl: string | undefined;
  /** What wraps the data keys of tenants; empty: a file of the data folder. */
  masterKey: MasterKeySource;
  /** Another one, whose keys open too: the former master key, or the next. */
  previousMasterKey: MasterKeySource;
  /** A tenant's data key older than this is replaced, days. */
  tenantKeyDays: number;
  /** PEM of the Ed25519 key that the gateway signs actors with. */
  actorKey: string | undefined;
  actorKeyFile: string | undefined;
  /** PEM of its public half, which subgraphs verify with. */
  actorPublicKey: string | undefined;
  actorPublicKeyFile: string | undefined;
  /** Opens metrics, performance and the details of health to whoever shows it; absent: to this machine alone. */
  monitoringToken: string | undefined;
  monitoringTokenFile: string | undefined;
  /** What raises an alert. */
  alerts: Thresholds;
  logLevel: string;
  production: boolean;
  /** How long an unclear send waits for its echo before a person must decide. */
  unconfirmedAfterSeconds: number;
  /** Base of the links in mails, without a slash at the end: where the frontend runs. */
  publicUrl: string;
  /** The server mails are handed to; absent: files in the data folder. */
  smtpUrl: string | undefined;
  /** Who mails are from. */
  mailFrom: string;
  /** How long a deleted tenant can be taken back before it is erased. */
  tenantGraceSeconds: number;
  /** How long the audit trail is kept, months. */
  auditRetentionMonths: number;
  /** A file that every checkpoint of the audit log is appended to; absent: none. */
  auditCheckpointFile: string | undefined;
  /** Where every checkpoint of the audit log is posted to; absent: nowhere. */
  auditCheckpointUrl: string | undefined;
  /** Where every checkpoint of the audit log is kept as an object; absent: nowhere. */
  auditCheckpointBucket: BucketConfig | undefined;
  /** Where files are kept; absent: the folder `files` of the data folder. */
  objectStore: BucketConfig | undefined;
  /** Where backups are kept, and for how long. */
  backups: BackupConfig<BucketConfig>;
  /** Fault tests only: the named point at which this process kills itself. */
  crashAt: string | undefined;
}

/** A wrong setting; the message is one sentence an operator can act on. */
export class ConfigError extends Error {}

export const isRedisUrl = (text: string): boolean => /^rediss?:/.test(text);

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

const variable = (name: string, suffix: string): string => `${name.toUpperCase().replaceAll('-', '_')}_${suffix}`;

/** What is said for each subgraph: `<NAME>_DATABASE_URL` and `<NAME>_URL`. */
const subgraphEnvironment = (subgraphs: readonly string[]) => z.object(Object.fromEntries(subgraphs.flatMap((name) => [
  [variable(name, 'DATABASE_URL'), postgresUrl.optional()] as const, [variable(name, 'URL'), subgraphUrl.optional()] as const,
])));

/** Validates `env` as a whole. @throws ConfigError naming each wrong variable. */
export function readConfig(env: NodeJS.ProcessEnv = process.env, subgraphs: readonly string[] = []): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const parsedOfSubgraphs = subgraphEnvironment(subgraphs).safeParse(given);
  if (!parsed.success || !parsedOfSubgraphs.success) {
    const issues = [parsed, parsedOfSubgraphs].flatMap(({ error }) => error?.issues ?? []);
    // One fault a variable: the first is the plainest.
    const faults = new Map(issues.map(({ path, message }) => [String(path[0]), message] as const).reverse());
    const shown = (name: string): string => (SHOWN.has(name) ? ` (it is "${given[name] ?? ''}")` : '');
    const sentences = [...faults].reverse().map(([name, message]) => `${name} ${message}${shown(name)}`);
    throw new ConfigError(`Configuration: ${sentences.join('; ')}.`);
  }
  const value = parsed.data;
  for (const name of [...PROVIDER_URLS, 'PUBLIC_URL', 'AUDIT_CHECKPOINT_URL', 'S3_ENDPOINT', 'BACKUP_SECOND_ENDPOINT'] as const) {
    const text = value[name];
    if (!text?.startsWith('http:') || isLoopback(new URL(text).hostname)) continue;
    throw new ConfigError(`Configuration: ${name} may use plain http on a loopback address only (its host is "${new URL(text).hostname}").`);
  }
  if (!value.SWITCHBOARD_META_APP_ID !== !value.SWITCHBOARD_META_APP_SECRET) throw new ConfigError('Configuration: SWITCHBOARD_META_APP_ID and SWITCHBOARD_META_APP_SECRET are given together.');
  if (value.SMTP_URL && !value.MAIL_FROM) throw new ConfigError('Configuration: MAIL_FROM is required with SMTP_URL.');
  if ((value.S3_BUCKET || value.AUDIT_CHECKPOINT_BUCKET || value.BACKUP_BUCKET) && !value.S3_REGION && !value.S3_ENDPOINT) {
    throw new ConfigError('Configuration: S3_REGION is required with S3_BUCKET, AUDIT_CHECKPOINT_BUCKET or BACKUP_BUCKET, unless S3_ENDPOINT names a compatible store.');
  }
  const bucketOf = (bucket: string | undefined): BucketConfig | undefined => bucket === undefined ? undefined : {
    bucket, region: value.S3_REGION ?? 'us-east-1', endpoint: value.S3_ENDPOINT, pathStyle: value.S3_PATH_STYLE === 'true', prefix: value.S3_PREFIX,
  };
  if (value.SWITCHBOARD_CRASH_AT && value.NODE_ENV === 'production') {
    throw new ConfigError('Configuration: SWITCHBOARD_CRASH_AT is for fault tests and refused in production.');
  }
  for (const name of ['SWITCHBOARD_ACTOR_KEY', 'SWITCHBOARD_ACTOR_PUBLIC_KEY', 'MONITORING_TOKEN'] as const) {
    if (value[name] && value[`${name}_FILE`]) throw new ConfigError(`Configuration: ${name} and ${name}_FILE are both set; one of them must go.`);
  }
  for (const name of ['SWITCHBOARD_MASTER_KEY', 'SWITCHBOARD_MASTER_KEY_PREVIOUS'] as const) {
    const both = ([name, `${name}_FILE`, `${name}_COMMAND`, `${name}_KMS_FILE`, `${name}_PASSPHRASE`, `${name}_PASSPHRASE_FILE`] as const).filter((one) => value[one] !== undefined);
    if (both.length > 1) throw new ConfigError(`Configuration: ${both.join(' and ')} are set; one of them may be.`);
  }
  const named = (suffix: string): Record<string, string> => Object.fromEntries(subgraphs.flatMap((name) => {
    const text = parsedOfSubgraphs.data[variable(name, suffix)];
    return text === undefined ? [] : [[name, text]];
  }));
  return {
    port: value.PORT,
    host: value.HOST,
    portShared: value.PORT_SHARED === 'true',
    drainDelayMs: value.DRAIN_DELAY_MS, liveConnections: { all: value.LIVE_CONNECTIONS, each: value.LIVE_CONNECTIONS_EACH },
    trustedProxies: value.TRUSTED_PROXIES,
    dataDir: resolve(value.SWITCHBOARD_DATA_DIR),
    databaseUrl: value.DATABASE_URL,
    databaseUrls: named('DATABASE_URL'),
    subgraphUrls: Object.fromEntries(Object.entries(named('URL')).map(([name, text]) => [name, text.replace(/\/+$/, '')])),
    gatewayUrl: value.GATEWAY_URL?.replace(/\/+$/, ''),
    redisUrl: value.REDIS_URL,
    busUrl: value.BUS_URL,
    ...providersOf(value, value.PORT),
    masterKey: masterKeySource(value, 'SWITCHBOARD_MASTER_KEY'),
    previousMasterKey: masterKeySource(value, 'SWITCHBOARD_MASTER_KEY_PREVIOUS'),
    tenantKeyDays: value.TENANT_KEY_DAYS,
    actorKey: value.SWITCHBOARD_ACTOR_KEY,
    actorKeyFile: value.SWITCHBOARD_ACTOR_KEY_FILE,
    actorPublicKey: value.SWITCHBOARD_ACTOR_PUBLIC_KEY,
    actorPublicKeyFile: value.SWITCHBOARD_ACTOR_PUBLIC_KEY_FILE,
    monitoringToken: value.MONITORING_TOKEN,
    monitoringTokenFile: value.MONITORING_TOKEN_FILE,
    alerts: {
      apiP95Ms: value.ALERT_API_P95_MS, databaseP95Ms: value.ALERT_DATABASE_P95_MS, eventLoopMs: value.ALERT_EVENT_LOOP_MS, rssMb: value.ALERT_RSS_MB,
    },
    logLevel: value.LOG_LEVEL,
    production: value.NODE_ENV === 'production',
    unconfirmedAfterSeconds: value.UNCONFIRMED_AFTER_SECONDS,
    publicUrl: value.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://127.0.0.1:${value.PORT || 4000}`,
    smtpUrl: value.SMTP_URL,
    mailFrom: value.MAIL_FROM ?? 'Switchboard <no-reply@localhost>',
    tenantGraceSeconds: value.TENANT_GRACE_SECONDS,
    auditRetentionMonths: value.AUDIT_RETENTION_MONTHS,
    auditCheckpointFile: value.AUDIT_CHECKPOINT_FILE,
    auditCheckpointUrl: value.AUDIT_CHECKPOINT_URL,
    auditCheckpointBucket: bucketOf(value.AUDIT_CHECKPOINT_BUCKET),
    objectStore: bucketOf(value.S3_BUCKET),
    backups: backupConfig(value, (name) => bucketOf(name)!, (sentence) => new ConfigError(`Configuration: ${sentence}`)),
    crashAt: value.SWITCHBOARD_CRASH_AT,
  };
}
