// What each role measures of itself, and who may read it.
import { readFileSync } from 'node:fs';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { Monitoring } from '../../subgraphs/kernel/base/monitoring.js';
import type { Started } from '../started.js';

const TOKEN = /^[\x21-\x7e]{16,256}$/;

function tokenOf({ monitoringToken, monitoringTokenFile: file }: Config): string | undefined {
  if (monitoringToken || !file) return monitoringToken;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`Configuration: MONITORING_TOKEN_FILE, ${file}, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  if (!TOKEN.test(token)) throw new ConfigError('Configuration: the file of MONITORING_TOKEN_FILE must hold 16 to 256 printable characters without spaces.');
  return token;
}

/** Of a process, judging by itself until `started` stops. */
export function monitoringOf(config: Config, logger: Logger, started: Started): { metrics: Metrics; monitoring: Monitoring } {
  const metrics = new Metrics();
  const monitoring = new Monitoring({ metrics, logger, thresholds: config.alerts, token: tokenOf(config) }).start();
  started.add(async () => monitoring.stop());
  return { metrics, monitoring };
}
