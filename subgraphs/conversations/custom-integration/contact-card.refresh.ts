// A contact's cards are asked for again: outside of every transaction, all integrations at once, each as often as it stands it.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { SecretHolder } from '../../kernel/crypto/webhook-secrets.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { contactMerged } from '../contact/contact.hold.js';
import { askForCard, type AskedContact, type Card, type Told } from './contact-card.protocol.js';
import type { CustomIntegrationService } from './custom-integration.service.js';

const CONTACT = ['input', 'contactId'];
/** What was said so lately is not asked again: opening a contact twice is one question. */
const FRESH_MS = 60_000;
/** After so many failures in a row the distances grow no more: 2 s, 4 s … 256 s, 300 s. */
const MOST_DOUBLINGS = 9;
const LONGEST_SECONDS = 300;

interface Due extends SecretHolder {
  url: string;
}
interface Answer {
  id: string;
  told: Told<Card | null>;
}

/** @throws Refusal ContactNotFound, ContactMerged */
export async function refreshCards(context: OperationContext, integrations: CustomIntegrationService, contactId: string): Promise<void> {
  const { tenantId } = context;
  const now = context.deps.clock.now();
  const tx = await context.read();
  const { rows: [contact] } = await sql<AskedContact & { mergedInto: string | null }>`
    select t.id, t.name, t.email, t.identifier, t.merged_into as "mergedInto",
      array(select distinct phone from (select t.phone union all (select i.phone from conversations.contact_identity i where i.tenant_id = t.tenant_id and i.contact_id = t.id and i.replaced_at is null limit 20)) p(phone)
        where phone is not null order by phone) as phones
    from conversations.contact t where t.id = ${contactId}::uuid`.execute(tx.getKysely());
  if (!contact) throw noContact();
  if (contact.mergedInto !== null) throw contactMerged(CONTACT);
  const { rows: due } = await sql<Due>`
    select i.id, i.url, i.secrets, i.secret_overlap_until as "secretOverlapUntil" from conversations.custom_integration i
    left join conversations.contact_card c on c.tenant_id = i.tenant_id and c.integration_id = i.id and c.contact_id = ${contactId}::uuid
    where i.tenant_id = ${tenantId}::uuid and i.state = 'ACTIVE' and (i.retry_at is null or i.retry_at <= ${now})
      and (c.asked_at is null or c.problem is not null or c.asked_at <= ${new Date(now.getTime() - FRESH_MS)}) order by i.id`.execute(tx.getKysely());
  const opened = await Promise.all(due.map(async (one) => ({ ...one, secrets: await integrations.secrets.open(tx, tenantId, one, now) })));
  await context.close();
  const { mergedInto: _, ...asked } = contact;
  const answers = await Promise.all(opened.map(async ({ id, url, secrets }): Promise<Answer> => ({ id, told: await askForCard({ url, secrets, toLoopback: integrations.toLoopback }, { ...asked, id: encodeId('cont', contactId) }) })));
  await context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id: contactId } };
    // Whoever is being deleted has no cards any more.
    const { rows: [kept] } = await sql`select from conversations.contact where id = ${contactId}::uuid for key share`.execute(unit.tx.getKysely());
    if (!kept) throw noContact();
    for (const answer of answers) await keep(unit, contactId, answer, now);
    audit.draft = { ...audit.draft, after: { asked: answers.length, answered: answers.filter(({ told }) => told.kind === 'told').length } };
  });
}

const noContact = (): Refusal => new Refusal('ContactNotFound', ErrorCode.NOT_FOUND, 'The contact was not found.', CONTACT);

/** Of two who asked at once the later question's answer stays. One that is being deleted, or was switched off meanwhile, is passed over. */
async function keep({ tx, now }: UnitOfWork, contactId: string, { id, told }: Answer, askedAt: Date): Promise<void> {
  const kysely = tx.getKysely();
  const failed = told.kind === 'failed';
  const { rows: [integration] } = await sql<{ tenantId: string }>`update conversations.custom_integration set
      failures = case when ${failed} then failures + 1 else 0 end,
      retry_at = case when ${failed} then ${now}::timestamptz + least(power(2, least(failures + 1, ${MOST_DOUBLINGS})), ${LONGEST_SECONDS}) * interval '1 second' end,
      last_answered_at = case when ${failed} then last_answered_at else ${now} end,
      last_failed_at = case when ${failed} then ${now} else last_failed_at end,
      last_failure = case when ${failed} then ${failed ? told.message.slice(0, 500) : null} else last_failure end
    where id = ${id}::uuid and state = 'ACTIVE' returning tenant_id as "tenantId"`.execute(kysely);
  if (!integration) return;
  const [card, answeredAt, problem] = failed ? [null, null, told.message.slice(0, 500)] : [told.value && JSON.stringify(told.value), now, null];
  await sql`insert into conversations.contact_card (tenant_id, contact_id, integration_id, card, answered_at, asked_at, problem)
    values (${integration.tenantId}::uuid, ${contactId}::uuid, ${id}::uuid, ${card}::jsonb, ${answeredAt}, ${askedAt}, ${problem})
    on conflict (tenant_id, contact_id, integration_id) do update set asked_at = excluded.asked_at, problem = excluded.problem,
      card = case when ${failed} then contact_card.card else excluded.card end, answered_at = case when ${failed} then contact_card.answered_at else excluded.answered_at end
    where contact_card.asked_at <= excluded.asked_at`.execute(kysely);
}
