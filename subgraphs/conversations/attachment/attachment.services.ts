// All that is about files, wired once.
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { publicFetch } from '../../kernel/base/public-address.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import type { Providers } from '../channel/providers.js';
import type { InboxService } from '../inbox/inbox.service.js';
import type { AttachmentCrashPoint } from './attachment.crash.js';
import { AttachmentDownload } from './attachment.download.js';
import { AttachmentFetch } from './attachment.fetch.js';
import { AttachmentLinks } from './attachment.link.js';
import { AttachmentReceive } from './attachment.receive.js';
import { AttachmentRemoval } from './attachment.removal.js';
import { AttachmentSending } from './attachment.sending.js';
import { AttachmentUploads } from './attachment.upload.js';

export interface AttachmentServices {
  fetch: AttachmentFetch;
  removal: AttachmentRemoval;
  links: AttachmentLinks;
  download: AttachmentDownload;
  uploads: AttachmentUploads;
  receive: AttachmentReceive;
  sending: AttachmentSending;
}

export function createAttachments(deps: SubgraphDeps, { inboxes, providers, crash }: { inboxes: InboxService; providers: Providers; crash: CrashPoint<AttachmentCrashPoint> }): AttachmentServices {
  const { database, unit, envelope, clock, logger, config: { apiUrl } } = deps;
  const storage = openStorage(deps.config);
  const links = new AttachmentLinks(envelope, clock);
  return {
    links,
    fetch: new AttachmentFetch({ database, unit, inboxes, storage, providers, envelope, fetch: publicFetch({ trusted: [providers.meta, providers.twilio] }), logger, crash }),
    removal: new AttachmentRemoval(unit, storage, crash),
    download: new AttachmentDownload(deps, storage, links),
    uploads: new AttachmentUploads(envelope, apiUrl),
    receive: new AttachmentReceive(deps, storage, links, crash),
    sending: new AttachmentSending({ database, storage, links, apiUrl }),
  };
}
