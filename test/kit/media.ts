// Files of messages for tests: samples, what stands at the provider, deliveries that name it, and where each stands here.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { MediaFault } from '../../ops/standins/meta-graph.media.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { textBody, type TestConversations } from './conversations.js';

export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n');
/** The header of a program. */
export const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]);
export const HTML = Buffer.from('<html><script>alert(1)</script></html>');

export const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** As WhatsApp tells it. */
export const base64Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

export interface Shelved { bytes: Buffer; type?: string; fault?: MediaFault; times?: number; location?: string }
export type Part = Record<string, unknown>;
export interface MediaRow {
  id: string; state: string; reason: string | null; stored_type: string | null; size: string | null; sha256: string | null; storage_key: string | null; attempts: number; due_at: Date | null;
}

/** A delivery of one message of WhatsApp with a file. */
export function mediaBody(id: string, kind: string, part: Part, from = '15550001111'): string {
  const body = JSON.parse(textBody({ id, text: 'x', from, name: 'Ana' })) as { entry: { changes: { value: { messages: Part[] } }[] }[] };
  const [message] = body.entry[0]?.changes[0]?.value.messages ?? [];
  delete message?.['text'];
  Object.assign(message ?? {}, { type: kind, [kind]: part });
  return JSON.stringify(body);
}

export class TestMedia {
  #next = 100;

  constructor(private readonly house: TestConversations) {}

  /** Puts a file at the provider. @returns its id there */
  async shelve({ bytes, type = 'image/png', fault, times, location }: Shelved): Promise<string> {
    const id = String(this.#next += 1);
    const query = new URLSearchParams({ ...(fault ? { fault } : {}), ...(times === undefined ? {} : { times: String(times) }), ...(location ? { location } : {}) });
    await fetch(`${this.house.standIn?.url}/_media/${id}?${query}`, { method: 'PUT', body: Uint8Array.from(bytes), headers: { 'content-type': type } });
    return id;
  }

  /** What the provider was asked for, and how. */
  async asked(): Promise<{ path: string; authorization: string | null }[]> {
    return await (await fetch(`${this.house.standIn?.url}/_media`)).json() as { path: string; authorization: string | null }[];
  }

  async rowOf(message: string): Promise<MediaRow> {
    const [row] = await this.house.rows<MediaRow>('select a.* from conversations.attachment a join conversations.message m on m.id = a.message_id where m.external_id = $1', [message]);
    return row as MediaRow;
  }

  /** A message that came in with a file. @returns the provider's id of it */
  async receive(part: Part, kind = 'image', from = '15550001111'): Promise<{ message: string; row: MediaRow }> {
    const message = `wamid.media.${this.#next += 1}`;
    await this.house.deliver(mediaBody(message, kind, part, from));
    return { message, row: await this.rowOf(message) };
  }

  run(row: MediaRow): Promise<boolean> {
    return this.house.services.attachments.fetch.run(this.house.tenantId, row.id);
  }

  /** Received and tried once. */
  async tried(file: Shelved, kind = 'image', part: Part = {}): Promise<MediaRow & { message: string }> {
    const { message, row } = await this.receive({ id: await this.shelve(file), mime_type: file.type ?? 'image/png', sha256: base64Of(file.bytes), ...part }, kind);
    await this.run(row);
    return { ...await this.rowOf(message), message };
  }

  /** What is stored under a key. */
  async read(key: string | null): Promise<Buffer | null> {
    const file = await openStorage(this.house.services.deps.config).get(key ?? 'none');
    return file && buffer(file.stream);
  }
}
