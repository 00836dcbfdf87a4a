// Batched reads of a tenant's own integrations and of their cards.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Card } from './contact-card.protocol.js';
import type { CustomIntegrationKind, CustomIntegrationState } from './custom-integration.entity.js';

export interface CustomIntegrationRow {
  id: string;
  name: string;
  kind: CustomIntegrationKind;
  url: string;
  state: CustomIntegrationState;
  secretOverlapUntil: Date | null;
  failures: number;
  lastAnsweredAt: Date | null;
  lastFailedAt: Date | null;
  lastFailure: string | null;
  lastTestAt: Date | null;
  lastTestCode: string | null;
  lastTestMessage: string | null;
  createdAt: Date;
}

/** All but what it signs with. */
export const SHOWN = sql.raw(`i.id, i.name, i.kind, i.url, i.state, i.secret_overlap_until as "secretOverlapUntil", i.failures, i.last_answered_at as "lastAnsweredAt", i.last_failed_at as "lastFailedAt",
  i.last_failure as "lastFailure", i.last_test_at as "lastTestAt", i.last_test_code as "lastTestCode", i.last_test_message as "lastTestMessage", i.created_at as "createdAt"`);

export const customIntegrationById = defineLoader<OperationContext, string, CustomIntegrationRow>({
  name: 'customIntegration.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<CustomIntegrationRow>`select ${SHOWN} from conversations.custom_integration i where i.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export interface ContactCardRow {
  contactId: string;
  integrationId: string;
  card: Card | null;
  answeredAt: Date | null;
  askedAt: Date;
  problem: string | null;
}

/** By contact, in the order of the integrations' names. Of those that are switched off nothing is shown. */
export const cardsOf = defineLoader<OperationContext, string, ContactCardRow[]>({
  name: 'contact.cards', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<ContactCardRow>`select c.contact_id as "contactId", c.integration_id as "integrationId", c.card, c.answered_at as "answeredAt", c.asked_at as "askedAt", c.problem
      from conversations.contact_card c join conversations.custom_integration i on i.tenant_id = c.tenant_id and i.id = c.integration_id
      where c.contact_id = any (${[...ids]}::uuid[]) and i.state = 'ACTIVE' order by i.folded`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ contactId }) => contactId);
  },
});
