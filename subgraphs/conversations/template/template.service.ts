// The templates of an inbox: listed, and fetched from its provider, of which what is there is kept: no more, no less.
import { sql } from 'kysely';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Providers } from '../channel/providers.js';
import type { Template, TemplateForm } from '../channel/template.js';
import type { InboxService } from '../inbox/inbox.service.js';
import { db } from '../tables.js';

const TIMEOUT_MS = 15_000;
const INBOX = ['input', 'inboxId'];

const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0') && value.isWellFormed();

export interface TemplateRow extends TemplateForm {
  name: string;
  language: string;
  category: string;
  status: string;
  syncedAt: Date;
}

export class TemplateService {
  constructor(private readonly inboxes: InboxService, private readonly providers: Providers) {}

  /** By name, then by language. */
  async list(context: OperationContext, inboxId: string, first?: number | null, after?: string | null): Promise<Page<TemplateRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isText, isText]);
    let query = db(await context.read()).selectFrom('MessageTemplate').select(['name', 'language', 'category', 'status', 'form', 'syncedAt'])
      .where('inboxId', '=', inboxId).orderBy('name').orderBy('language').limit(size + 1);
    if (cursor) query = query.where(sql<boolean>`(name, language) > (${String(cursor[0])}, ${String(cursor[1])})`);
    const rows = (await query.execute()).map(({ form, ...row }): TemplateRow => ({ ...row, ...(form as TemplateForm) }));
    return pageOf(rows, size, after, ({ name, language }) => encodeCursor([name, language]));
  }

  /** @returns how many there are now @throws Refusal InboxNotFound, InputInvalid, TemplatesUnavailable */
  async sync(context: OperationContext, inboxId: string): Promise<number> {
    const inbox = await this.inboxes.open(await context.read(), context.tenantId, inboxId);
    // Nothing of the database is held while the provider answers.
    await context.close();
    const listed = inbox && await inbox.channel.listTemplates({ providers: this.providers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return context.mutate(async (unit, audit) => {
      if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', INBOX);
      audit.draft = { ...audit.draft, resource: { type: 'Inbox', id: inboxId } };
      if (!listed) throw invalidInput('This inbox has no templates: they belong to WhatsApp, which needs the id of its business account (`businessAccountId`), and to WhatsApp through Twilio.', INBOX);
      if (listed.kind === 'failed') throw new Refusal('TemplatesUnavailable', ErrorCode.CHANNEL_UNAVAILABLE, listed.message, INBOX);
      const kysely = unit.tx.getKysely();
      await sql`select pg_advisory_xact_lock(hashtextextended(${`templates/${inboxId}`}, 0))`.execute(kysely);
      // Of two of one name the provider's later word holds; there should be none.
      const rows = [...new Map(listed.templates.map((template) => [`${template.name}/${template.language}`, rowOf(template)])).values()];
      await sql`delete from conversations.message_template where inbox_id = ${inboxId}::uuid and (name, language) not in
        (select name, language from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as listed (name text, language text))`.execute(kysely);
      await sql`insert into conversations.message_template (tenant_id, inbox_id, name, language, external_id, category, status, form, synced_at)
        select ${context.tenantId}::uuid, ${inboxId}::uuid, name, language, external_id, category, status, form, ${unit.now}
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as listed (name text, language text, external_id text, category text, status text, form jsonb)
        on conflict (tenant_id, inbox_id, name, language) do update set external_id = excluded.external_id, category = excluded.category, status = excluded.status,
          form = excluded.form, synced_at = excluded.synced_at`.execute(kysely);
      audit.draft = { ...audit.draft, after: { templates: rows.length } };
      return rows.length;
    });
  }
}

const rowOf = ({ externalId, name, language, category, status, ...form }: Template): Record<string, unknown> => ({ name, language, external_id: externalId, category, status, form });
