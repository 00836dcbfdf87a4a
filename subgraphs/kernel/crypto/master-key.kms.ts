// A master key that AWS KMS has wrapped: opened once at the start, with a context by which nothing else opens it.
import { readFileSync } from 'node:fs';
import { ConfigError } from '../base/config.js';
import { environmentMasterKey, type MasterKeyPort } from './master-key.js';

/** Part of what KMS authenticates, and what its log (CloudTrail) shows of each use. */
export const ENCRYPTION_CONTEXT = { application: 'switchboard', purpose: 'master key' };
const ATTEMPTS = 3;
const TIMEOUT_MS = 5_000;

/** Of what the client says no more than its kind is told, but for what has no kind of its own. */
function reasonOf({ name, message }: Error): string {
  if (name === 'CredentialsProviderError') return 'no login is found, for instance in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  if (/\bregion\b/i.test(message)) return 'no region is found: set AWS_REGION';
  if (name === 'TimeoutError') return 'it did not answer in time';
  return name;
}

/**
 * Region, login and endpoint are found by the client itself (`AWS_REGION`, `AWS_ENDPOINT_URL_KMS`, …).
 * @param path of a file with the `CiphertextBlob` of 32 bytes, in base64 @param timeoutMs of one attempt @throws ConfigError without a word of what was opened
 */
export async function kmsMasterKey(path: string, variable: string, timeoutMs = TIMEOUT_MS): Promise<MasterKeyPort> {
  let wrapped: Buffer;
  try {
    wrapped = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  } catch (error) {
    throw new ConfigError(`Configuration: ${variable}_KMS_FILE, ${path}, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  // Most installations never ask for it.
  const { DecryptCommand, KMSClient } = await import('@aws-sdk/client-kms');
  const client = new KMSClient({ maxAttempts: ATTEMPTS, requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true, socketTimeout: timeoutMs } });
  try {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: wrapped, EncryptionContext: ENCRYPTION_CONTEXT }));
    return environmentMasterKey(Buffer.from(Plaintext ?? []).toString('base64'), `${variable}_KMS_FILE`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`Configuration: ${variable}_KMS_FILE: KMS does not open ${path} (${reasonOf(error as Error)}).`);
  } finally {
    client.destroy();
  }
}
