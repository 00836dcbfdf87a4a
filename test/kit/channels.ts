// What tests of channels hand them besides what they are about.
import type { Arrival, OutboundMessage, ReceivedCall } from '../../subgraphs/conversations/channel/channel.port.js';
import type { Providers } from '../../subgraphs/conversations/channel/providers.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';

export const INBOX_ID = newId();
export const RECEIVED_AT = new Date('2026-11-29T12:00:00.000Z');

export const arrival = (notes: Record<string, string> = {}): Arrival => ({ receivedAt: RECEIVED_AT, notes });

export const call = (changed: Partial<ReceivedCall>): ReceivedCall =>
  ({ url: 'https://switchboard.test/webhooks/channel/key', headers: {}, body: Buffer.alloc(0), inboxId: INBOX_ID, receivedAt: RECEIVED_AT, ...changed });

/** All of them at one address, where only that of the channel in question will be called. */
export const providersAt = (url: string): Providers => ({ meta: url, twilio: url, callbacksToLoopback: true });

export const CLIENT_REFERENCE = 'msg_01h455vb4pex5vsknk084sn02q';

export const outboundText = (changed: Partial<OutboundMessage> = {}): OutboundMessage =>
  ({ to: '15550009999', said: { type: 'TEXT', text: 'Ciao 👋', content: null }, files: [], replyTo: null, clientReference: CLIENT_REFERENCE, ...changed });
