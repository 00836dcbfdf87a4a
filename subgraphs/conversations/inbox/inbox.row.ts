// An inbox as it begins: active, and nothing known of it yet.
import type { ChannelName } from '../channel/channel.port.js';

export interface BegunInbox {
  id: string;
  tenantId: string;
  key: string;
  name: string;
  channel: ChannelName;
  credentials: Buffer;
  externalId: string | null;
  tokenExpiresAt?: Date | null;
  requestKey?: string | null;
  requestHash?: string | null;
}

export const newInboxRow = (begun: BegunInbox, now: Date) => ({
  tokenExpiresAt: null, requestKey: null, requestHash: null, ...begun, state: 'ACTIVE' as const, reopen: 'SAME' as const, disabledReason: null, disabledDetail: null, disabledAt: null, authorisedAt: now,
  secretOverlapUntil: null, tokenWarnedAt: null, tokenTriedAt: null, lastReceivedAt: null, lastSentAt: null, lastTestAt: null, lastTestCode: null, lastTestMessage: null, createdAt: now,
});
