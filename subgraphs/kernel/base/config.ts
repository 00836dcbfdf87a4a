// Configuration from the environment, read here and nowhere else, validated together before anything starts.
import { resolve } from 'node:path';
import { z } from 'zod';

const url = (protocols: string[], what: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), { error: what });

const environment = z.object({
  PORT: z.coerce.number({ error: 'must be a port number from 1 to 65535' }).int().min(0).max(65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  SWITCHBOARD_DATA_DIR: z.string().min(1).default('.switchboard'),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'must be a URL like postgres://user:password@host:5432/database').optional(),
  META_GRAPH_URL: url(['http:', 'https:'], 'must be a URL like https://graph.facebook.com').optional(),
  SWITCHBOARD_MASTER_KEY: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  UNCONFIRMED_AFTER_SECONDS: z.coerce.number().int().min(1).max(86_400).default(600),
  SWITCHBOARD_CRASH_AT: z.string().optional(),
});

export interface Config {
  /** TCP port of the gateway; 0 takes a free one. */
  port: number;
  host: string;
  /** Absolute folder of the embedded database, keys and logs. */
  dataDir: string;
  /** External PostgreSQL; absent: the embedded one. */
  databaseUrl: string | undefined;
  /** Base of Meta's Graph API before `/{version}`; absent: the stand-in (embedded) or Meta's own. */
  metaGraphUrl: string | undefined;
  /** Base64 of 32 bytes, when given by the environment. */
  masterKey: string | undefined;
  masterKeyFile: string | undefined;
  logLevel: string;
  production: boolean;
  /** How long an unclear send waits for its echo before a person must decide. */
  unconfirmedAfterSeconds: number;
  /** Fault tests only: the named point at which this process kills itself. */
  crashAt: string | undefined;
}

/** A wrong setting; the message is one sentence an operator can act on. */
export class ConfigError extends Error {}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

/** Validates `env` as a whole. @throws ConfigError naming each wrong variable. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message} (it is "${given[String(issue.path[0])] ?? ''}")`);
    throw new ConfigError(`Configuration: ${faults.join('; ')}.`);
  }
  const value = parsed.data;
  if (value.META_GRAPH_URL && value.META_GRAPH_URL.startsWith('http:') && !isLoopback(new URL(value.META_GRAPH_URL).hostname)) {
    throw new ConfigError(`Configuration: META_GRAPH_URL may use plain http on a loopback address only (it is "${value.META_GRAPH_URL}").`);
  }
  if (value.NODE_ENV === 'production' && !value.DATABASE_URL) {
    throw new ConfigError('Configuration: DATABASE_URL is required when NODE_ENV is "production" (the embedded database is for development).');
  }
  if (value.SWITCHBOARD_CRASH_AT && value.NODE_ENV === 'production') {
    throw new ConfigError('Configuration: SWITCHBOARD_CRASH_AT is for fault tests and refused in production.');
  }
  return {
    port: value.PORT,
    host: value.HOST,
    dataDir: resolve(value.SWITCHBOARD_DATA_DIR),
    databaseUrl: value.DATABASE_URL,
    metaGraphUrl: value.META_GRAPH_URL?.replace(/\/+$/, ''),
    masterKey: value.SWITCHBOARD_MASTER_KEY,
    masterKeyFile: value.SWITCHBOARD_MASTER_KEY_FILE,
    logLevel: value.LOG_LEVEL,
    production: value.NODE_ENV === 'production',
    unconfirmedAfterSeconds: value.UNCONFIRMED_AFTER_SECONDS,
    crashAt: value.SWITCHBOARD_CRASH_AT,
  };
}
