// When jobs of payments run: what a provider told is looked into, and what is unclear is asked again.
import type { JobTrigger } from '../../kernel/messaging/jobs.js';
import { readPaymentWebhookJob, settlePaymentJob } from '../jobs.js';
import { PaymentWebhookReceived } from './payment.events.js';

export const paymentTriggers: JobTrigger[] = [
  { event: PaymentWebhookReceived, job: readPaymentWebhookJob, payload: (tenantId, event) => ({ tenantId, ...PaymentWebhookReceived.payload.parse(event) }) },
];

const BATCH = 500;
/** A healthy job starts within this time. */
const OVERDUE_SECONDS = 3;

const WEBHOOKS = `select tenant_id as "tenantId", id as "webhookId" from commerce.payment_webhook
  where state = 'RECEIVED' and due_at < now() - make_interval(secs => $1) order by due_at limit $2`;

const PAYMENTS = `select tenant_id as "tenantId", id as "paymentId" from commerce.payment where due_at is not null and due_at <= now() order by due_at limit $1`;

interface Asked { query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }> }

/** What waits, across tenants. @param system pool of the system role */
export const overduePayments = async (system: Asked) => [
  { job: readPaymentWebhookJob, payloads: (await system.query(WEBHOOKS, [OVERDUE_SECONDS, BATCH])).rows },
  { job: settlePaymentJob, payloads: (await system.query(PAYMENTS, [BATCH])).rows, routine: true },
];
