// Inboxes in which something waits for somebody although nobody said so of late.
export const UNGIVEN_SECONDS = 15;

export const UNGIVEN = `select a.tenant_id as "tenantId", a.inbox_id as "inboxId" from conversations.inbox_assignment a
  where a.mode <> 'OFF' and a.looked_at < now() - make_interval(secs => $1) and exists (select from conversations.inbox i where i.tenant_id = a.tenant_id and i.id = a.inbox_id and i.state <> 'DELETED')
    and exists (select from conversations.conversation c where c.tenant_id = a.tenant_id and c.inbox_id = a.inbox_id and c.status = 'OPEN' and c.assignee_id is null)
  order by a.looked_at limit $2`;
