// Files to WhatsApp: uploaded as they are read, then named by their id in the message. An upload may be repeated: only the message is sent once.
import { randomBytes } from 'node:crypto';
import type { OutboundFile, SendOptions, SendOutcome } from './channel.port.js';
import { GRAPH_VERSION } from './meta.graph.js';
import { clean, identifier, isRecord } from './payload.js';

export interface UploadTarget {
  accessToken: string;
  /** `phone_number_id` */
  externalId: string;
  classify: (status: number, body: unknown) => SendOutcome;
}

/** @returns the provider's ids, or why there are none: nothing has been sent then, whatever the reason */
export async function uploadFiles(files: readonly OutboundFile[], target: UploadTarget, options: SendOptions): Promise<string[] | SendOutcome> {
  const ids: string[] = [];
  for (const file of files) {
    const id = await upload(file, target, options);
    if (typeof id !== 'string') return id;
    ids.push(id);
  }
  return ids;
}

async function upload(file: OutboundFile, { accessToken, externalId, classify }: UploadTarget, { providers, fetch: request = fetch, signal }: SendOptions): Promise<string | SendOutcome> {
  const boundary = `switchboard-${randomBytes(12).toString('hex')}`;
  const part = (name: string, value: string): string => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const before = Buffer.from(part('messaging_product', 'whatsapp') + part('type', file.mimeType)
    + `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${quoted(file.fileName ?? 'file')}"\r\ncontent-type: ${file.mimeType}\r\n\r\n`);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* body(): AsyncGenerator<Uint8Array> {
    yield before;
    yield* await file.open() as AsyncIterable<Buffer>;
    yield after;
  }
  try {
    const answer = await request(`${providers.meta}/${GRAPH_VERSION}/${encodeURIComponent(externalId)}/media`, {
      method: 'POST', redirect: 'manual', signal, body: ReadableStream.from(body()), duplex: 'half',
      headers: {
        authorization: `Bearer ${accessToken}`, accept: 'application/json', 'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(before.byteLength + file.size + after.byteLength),
      },
    } as RequestInit);
    const told: unknown = await answer.json().catch(() => null);
    const id = isRecord(told) ? identifier(told.id) : null;
    if (answer.ok && id !== null) return id;
    const outcome = classify(answer.status, told);
    // Nobody has been sent anything yet: what is unclear is only whether the provider has kept the file.
    return outcome.kind === 'refused' ? { ...outcome, message: outcome.message.replaceAll(accessToken, '[access token]') } : again(`the provider answered HTTP ${answer.status}`);
  } catch (error) {
    return again(clean(isRecord(error) && isRecord(error.cause) ? String(error.cause.message) : String((error as Error).message)).slice(0, 200));
  }
}

const again = (why: string): SendOutcome => ({ kind: 'refused', class: 'retry', code: 'upload', message: `The file could not be uploaded: ${why}.` });

/** As browsers write names in forms. */
const quoted = (name: string): string => name.toWellFormed().replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
