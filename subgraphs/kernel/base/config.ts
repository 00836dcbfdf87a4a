// Configuration from the environment, read here and nowhere else, validated together before anything starts.
import { resolve } from 'node:path';
import { z } from 'zod';

const url = (protocols: string[], error: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), { error });

const wholeNumber = (least: number, most: number, what = 'whole number') => {
  const error = `must be a ${what} from ${least} to ${most}`;
  return z.string().regex(/^\d{1,9}$/, { error }).transform(Number).refine((value) => value >= least && value <= most, { error });
};

const oneOf = <const Values extends readonly string[]>(values: Values) => z.enum(values, { error: `must be one of ${values.join(', ')}` });

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 'port number').default(4000),
  HOST: z.string().default('127.0.0.1'),
  SWITCHBOARD_DATA_DIR: z.string().default('.switchboard'),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'must be a URL like postgres://user:password@host:5432/database').optional(),
  META_GRAPH_URL: url(['http:', 'https:'], 'must be a URL like https://graph.facebook.com')
    .refine((text) => !URL.canParse(text) || /^[^?#@]*$/.test(text), { error: 'must have no user name, query or fragment' }).optional(),
  SWITCHBOARD_MASTER_KEY: z.string().optional(),
  SWITCHBOARD_MASTER_KEY_FILE: z.string().optional(),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  NODE_ENV: oneOf(['development', 'test', 'production']).default('development'),
  UNCONFIRMED_AFTER_SECONDS: wholeNumber(1, 86_400).default(600),
  SWITCHBOARD_CRASH_AT: z.string().optional(),
});

/** What a message may repeat. A URL may hold a password, and one that cannot be parsed hides where. */
const SHOWN = new Set(['PORT', 'LOG_LEVEL', 'NODE_ENV', 'UNCONFIRMED_AFTER_SECONDS']);

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

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** Validates `env` as a whole. @throws ConfigError naming each wrong variable. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    // One fault a variable: the first is the plainest.
    const faults = new Map(parsed.error.issues.map(({ path, message }) => [String(path[0]), message] as const).reverse());
    const shown = (name: string): string => (SHOWN.has(name) ? ` (it is "${given[name] ?? ''}")` : '');
    const sentences = [...faults].reverse().map(([name, message]) => `${name} ${message}${shown(name)}`);
    throw new ConfigError(`Configuration: ${sentences.join('; ')}.`);
  }
  const value = parsed.data;
  if (value.META_GRAPH_URL && value.META_GRAPH_URL.startsWith('http:') && !isLoopback(new URL(value.META_GRAPH_URL).hostname)) {
    throw new ConfigError(`Configuration: META_GRAPH_URL may use plain http on a loopback address only (its host is "${new URL(value.META_GRAPH_URL).hostname}").`);
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
