// The rows of an incoming message, bare: delivery, message, conversation, outbox and audit staging in one transaction.
import type { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { BareTables, type WriteOne } from './bare.js';

const SCHEMA = 'bench_ingest';

export interface BareInserts {
  run(messages: number): Promise<number>;
  close(): Promise<void>;
}

export async function bareInserts(open: () => Promise<Client>, writers: number, contacts: number, body: Buffer): Promise<BareInserts> {
  const tables = await BareTables.open(open, writers, SCHEMA, ['webhook_delivery', 'message', 'conversation', 'outbox', 'audit_staging']);
  const [tenant, inbox] = [newId(), newId()];
  const conversations = Array.from({ length: contacts }, () => newId());
  for (const [index, id] of conversations.entries()) {
    await tables.first.query(`insert into ${SCHEMA}.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, last_activity_at, created_at)
      values ($1, $2, $3, $4, $5, 'OPEN', now(), now())`, [tenant, id, inbox, newId(), index + 1]);
  }
  const write: WriteOne = async (client, prepared, number) => {
    const [conversation, message, delivery, now] = [conversations[number % contacts], newId(), newId(), new Date()];
    await client.query('begin');
    await prepared('delivery', `insert into ${SCHEMA}.webhook_delivery (tenant_id, id, inbox_id, key, body, status, correlation_id, received_at) values ($1, $2, $3, $4, $5, 'PROCESSED', $6, $7)`,
      [tenant, delivery, inbox, delivery, body, delivery, now]);
    const { rows: [place] } = await prepared('conversation', `update ${SCHEMA}.conversation set last_seq = last_seq + 1, inbound_count = inbound_count + 1, last_message_id = $3, last_activity_at = $4,
      waiting_since = coalesce(waiting_since, $4) where tenant_id = $1 and id = $2 returning last_seq`, [tenant, conversation, message, now]) as { rows: { last_seq: number }[] };
    await prepared('message', `insert into ${SCHEMA}.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, external_id, raw, sent_at, created_at)
      values ($1, $2, $3, $4, $5, 'INBOUND', 'TEXT', $6, 'RECEIVED', 'CONTACT', $7, $8, $9, $10, $10)`,
      [tenant, message, conversation, inbox, place?.last_seq, `bare ${number}`, inbox, `wamid.${message}`, JSON.stringify({ id: message, type: 'text', text: { body: `bare ${number}` } }), now]);
    await prepared('outbox', `insert into ${SCHEMA}.outbox (tenant_id, event_id, type, stream_id, group_id, payload, occurred_at)
      values ($1, $2, 'MessageAdded', $6, $3, $4, $5)`,
    [tenant, newId(), inbox, JSON.stringify({ messageId: message, conversationId: conversation, inboxId: inbox }), now, conversation]);
    const event = JSON.stringify({ id: message, action: 'message.receive', type: 'DATA_WRITE', outcome: 'SUCCESS', occurredAt: now, resource: { type: 'Message', id: message }, correlationId: delivery });
    await prepared('audit', `insert into ${SCHEMA}.audit_staging (tenant_id, id, event) values ($1, $2, $4), ($1, $3, $4)`, [tenant, newId(), newId(), event]);
    await client.query('commit');
  };
  return { run: (messages) => tables.run(messages, write), close: () => tables.close() };
}
