// The files of a message on its way out, as its channel takes them: opened, or by a link that its provider may fetch.
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { StoragePort } from '../../kernel/storage/storage.js';
import type { ChannelName, OutboundFile, SendOutcome } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { db } from '../tables.js';
import type { AttachmentLinks } from './attachment.link.js';
import { isPublic } from './attachment.upload.js';

export interface AttachmentSendingDeps {
  database: Database;
  storage: StoragePort;
  links: AttachmentLinks;
  apiUrl: string;
}

export class AttachmentSending {
  constructor(private readonly deps: AttachmentSendingDeps) {}

  /** In the order in which the message has them; or why it cannot be sent. */
  async filesOf(tenantId: string, messageId: string, channel: ChannelName): Promise<OutboundFile[] | SendOutcome> {
    const { database, links, apiUrl, storage } = this.deps;
    if (channelFor(channel).media?.byLink && !isPublic(apiUrl)) {
      return { kind: 'refused', class: 'permanent', code: 'no-public-url', message: 'This channel fetches files by a link, and this installation has no public address (API_URL).' };
    }
    const { rows, key } = await database.inScope(tenantScope(tenantId), async (tx) => ({
      rows: await db(tx).selectFrom('Attachment').select(['id', 'inboxId', 'storageKey', 'storedType', 'size', 'claimedName']).where('messageId', '=', messageId).where('state', '=', 'STORED').orderBy('position').execute(),
      key: await links.keys.find(tx, tenantId),
    }), { readOnly: true });
    if (!key || rows.length === 0) return { kind: 'refused', class: 'permanent', code: 'file-gone', message: 'The file of this message does not exist any more.' };
    return rows.map(({ id, inboxId, storageKey, storedType, size, claimedName }): OutboundFile => ({
      mimeType: storedType ?? '', fileName: claimedName, size: Number(size),
      open: async () => {
        const file = await storage.get(storageKey ?? '');
        if (!file) throw new Error('The file is not where it was kept.');
        return file.stream;
      },
      url: () => apiUrl + links.providerPath(key, { tenant: tenantId, file: id, inboxId }),
    }));
  }
}

/** Milliseconds more that files may take: half a megabyte a second is slow. */
export const patienceFor = (files: readonly OutboundFile[]): number => Math.ceil(files.reduce((sum, { size }) => sum + size / 500, 0));
