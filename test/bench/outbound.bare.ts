// The rows of a sent message, bare: queued, attempted and accepted in three transactions, as the ledger needs them.
import type { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { BareTables, type WriteOne } from './bare.js';

const SCHEMA = 'bench_outbound';

export async function bareLedger(open: () => Promise<Client>, writers: number, count: number): Promise<{ run(messages: number): Promise<number>; close(): Promise<void> }> {
  const tables = await BareTables.open(open, writers, SCHEMA, ['message', 'conversation', 'outbound', 'send_request', 'outbox', 'audit_staging']);
  const [tenant, inbox, user] = [newId(), newId(), newId()];
  const conversations = Array.from({ length: count }, () => newId());
  for (const [index, id] of conversations.entries()) {
    await tables.first.query(`insert into ${SCHEMA}.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, last_activity_at, created_at)
      values ($1, $2, $3, $4, $5, 'OPEN', now(), now())`, [tenant, id, inbox, newId(), index + 1]);
  }
  const write: WriteOne = async (client, prepared, number) => {
    const [conversation, message, now] = [conversations[number % count], newId(), new Date()];
    const tell = async (types: readonly string[], action: string): Promise<void> => {
      for (const type of types) {
        await prepared('outbox', `insert into ${SCHEMA}.outbox (tenant_id, event_id, type, stream_id, group_id, payload, occurred_at) values ($1, $2, $3, $4, $5, $6, $7)`,
          [tenant, newId(), type, conversation, inbox, JSON.stringify({ messageId: message, conversationId: conversation, inboxId: inbox }), now]);
      }
      await prepared('audit', `insert into ${SCHEMA}.audit_staging (tenant_id, id, event) values ($1, $2, $3)`,
        [tenant, newId(), JSON.stringify({ id: message, action, type: 'DATA_WRITE', outcome: 'SUCCESS', occurredAt: now, resource: { type: 'Message', id: message } })]);
    };
    await client.query('begin');
    await prepared('request', `insert into ${SCHEMA}.send_request (tenant_id, user_id, idempotency_key, request_hash, message_id, created_at) values ($1, $2, $3, $4, $5, $6)`, [tenant, user, message, message, message, now]);
    const { rows: [place] } = await prepared('conversation', `update ${SCHEMA}.conversation set last_seq = last_seq + 1, last_message_id = $3, last_activity_at = $4, waiting_since = null
      where tenant_id = $1 and id = $2 returning last_seq`, [tenant, conversation, message, now]) as { rows: { last_seq: number }[] };
    await prepared('message', `insert into ${SCHEMA}.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, sent_at, created_at)
      values ($1, $2, $3, $4, $5, 'OUTBOUND', 'TEXT', $6, 'QUEUED', 'USER', $7, $8, $8)`, [tenant, message, conversation, inbox, place?.last_seq, `bare ${number}`, user, now]);
    await prepared('intent', `insert into ${SCHEMA}.outbound (tenant_id, message_id, conversation_id, inbox_id, seq, state, next_attempt_at, created_at) values ($1, $2, $3, $4, $5, 'INTENT', $6, $6)`,
      [tenant, message, conversation, inbox, place?.last_seq, now]);
    await tell(['MessageAdded'], 'message.send');
    await client.query('commit');
    await prepared('attempt', `update ${SCHEMA}.outbound set state = 'ATTEMPTED', attempts = attempts + 1, attempted_at = $3 where tenant_id = $1 and message_id = $2`, [tenant, message, now]);
    await client.query('begin');
    await prepared('sent', `update ${SCHEMA}.message set status = 'SENT', external_id = $3 where tenant_id = $1 and id = $2`, [tenant, message, `wamid.${message}`]);
    await prepared('accepted', `update ${SCHEMA}.outbound set state = 'ACCEPTED' where tenant_id = $1 and message_id = $2`, [tenant, message]);
    await tell(['MessageUpdated'], 'message.sent');
    await client.query('commit');
  };
  return { run: (messages) => tables.run(messages, write), close: () => tables.close() };
}
