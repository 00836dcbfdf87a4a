// Structured logs: one JSON object a line, correlated, without secrets or personal data.
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRETS = [
  'password',
  'accessToken',
  'refreshToken',
  'token',
  'authorization',
  'appSecret',
  'verifyToken',
  'secret',
  'cookie',
];

/** A logger that redacts anything named like a secret, at any of the first three levels. */
export function createLogger(options: { level: string; destination?: NodeJS.WritableStream }): Logger {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const settings = { level: options.level, base: undefined, redact: { paths, censor: '[redacted]' } };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

export const silentLogger: Logger = pino({ level: 'silent' });
