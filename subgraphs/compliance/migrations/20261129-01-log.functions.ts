// What only the owner of the trail can do, as functions that the system role may call: partitions, retention, erasure.
import { SYSTEM_ROLE } from '../../kernel/data/kernel-tables.js';

/** Stream of the platform: no tenant has this id. */
const PLATFORM = '00000000-0000-0000-0000-000000000000';

/** Hash over everything that retention has dropped of one stream. What it is computed over is written down in ops/docs/audit.md. */
export const DROPPED_DIGEST = `encode(sha256(convert_to(string_agg(concat_ws(' ', tenant_id, to_char(log_dropped.month, 'YYYY-MM'), positions), E'\\n' order by log_dropped.month, dropped_at), 'UTF8')), 'hex')`;

/** A staged event of the functions below; `event` is its id. */
const staged = (action: string, resourceId: string, before: string): string => `jsonb_build_object(
          'id', event, 'action', '${action}', 'type', 'COMPLIANCE', 'severity', 'INFO', 'outcome', 'SUCCESS',
          'occurredAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'actor', jsonb_build_object('kind', 'system', 'id', null), 'resource', jsonb_build_object('type', 'AuditEvent', 'id', ${resourceId}),
          'reason', null, 'correlationId', event::text, 'ip', null, 'userAgent', null,
          'before', ${before}, 'after', null)`;

/** The global id of an event: five bits a letter, two zero bits first. */
const globalId = (uuid: string): string => `'aud_' || (select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
      substring(B'00' || ('x' || replace(${uuid}::text, '-', ''))::bit(128) from at * 5 + 1 for 5)::bit(5)::int + 1, 1), '' order by at) from generate_series(0, 25) as at)`;

const definer = (name: string, args: string, returns: string, body: string): string =>
  `create function compliance.${name}(${args}) returns ${returns} language plpgsql security definer set search_path = compliance, pg_temp as $body$\n${body}\n$body$`;

const onlySystem = (signature: string): string[] => [
  `revoke execute on function compliance.${signature} from public`,
  `grant execute on function compliance.${signature} to ${SYSTEM_ROLE}`,
];

/** Makes the partitions of this month and the three to come, and of past months whose events lie in the default partition. */
const ENSURE = `
declare
  parent text;
  first timestamp;
  part text;
  made int := 0;
  this_month constant timestamp := date_trunc('month', now() at time zone 'UTC');
begin
  perform pg_advisory_xact_lock(hashtextextended('switchboard audit partitions', 0));
  set local lock_timeout = '10s';
  foreach parent in array array['audit_event', 'platform_audit_event'] loop
    for first in execute format(
      $q$select generate_series($1, $1 + interval '3 months', interval '1 month')
         union select distinct date_trunc('month', occurred_at at time zone 'UTC') from %I where occurred_at < $1 at time zone 'UTC' order by 1$q$,
      parent || '_default') using this_month
    loop
      part := format('%s_%s', parent, to_char(first, 'YYYY_MM'));
      continue when to_regclass(format('compliance.%I', part)) is not null;
      execute format('create table %I (like %I including defaults including constraints including storage)', part, parent);
      -- Events that came before their partition move into it: they may not lie in both.
      execute format(
        'with early as (delete from %I where occurred_at >= %L and occurred_at < %L returning *) insert into %I select * from early',
        parent || '_default', first at time zone 'UTC', (first + interval '1 month') at time zone 'UTC', part);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)',
        parent, part, first at time zone 'UTC', (first + interval '1 month') at time zone 'UTC');
      execute format('alter table %I enable row level security', part);
      made := made + 1;
    end loop;
  end loop;
  return made;
end`;

/**
 * Drops the partitions of months that ended longer ago than \`keep\`, and were sealed longer ago, each only when checkpoints cover every entry
 * in it. Each drop is an event of the platform; each log it takes from gets an entry with a hash over all that was ever dropped of it, by
 * which verification knows a drop from a deletion. Returns the partitions that were old enough, and whether they went.
 */
const CLEANUP = `
declare
  stream record;
  covered boolean;
  total bigint;
  newest timestamptz;
  streams text;
  event uuid;
  owner uuid;
  record_of jsonb;
  gone text[] := '{}';
  touched uuid[] := '{}';
begin
  if keep is null or now() - keep > now() - interval '12 months' then
    raise exception 'The audit trail is kept for at least 12 months.' using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('switchboard audit partitions', 0));
  set local lock_timeout = '10s';
  -- Every month is judged before the first one goes: a drop keeps the readers of all of them waiting until the end.
  for part, month in
    select c.relname, to_date(right(c.relname, 7), 'YYYY_MM')
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent in ('audit_event'::regclass, 'platform_audit_event'::regclass) and c.relname ~ '_\\d{4}_\\d{2}$'
        and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= now() - keep
      order by 2, 1
  loop
    -- Nobody adds to it between the look and the drop; readers wait for the drop alone.
    execute format('lock table %I in share mode', part);
    execute format('select max(sealed_at), count(*) from %I', part) into newest, total;
    -- What a clock far off has dated back is as young as its sealing.
    continue when newest > now() - keep;
    covered := true;
    streams := case when part like 'platform%' then quote_literal('${PLATFORM}') || '::uuid' else 'tenant_id' end;
    for stream in execute format('select %s as tenant_id, max(position) as last from %I group by 1', streams, part) loop
      perform set_config('app.tenant_id', stream.tenant_id::text, true);
      covered := covered and exists (select from log_checkpoint where tenant_id = stream.tenant_id and size > stream.last);
    end loop;
    if covered then
      for stream in execute format(
        $q$select %s as tenant_id, range_agg(int8range(position, position, '[]')) as positions from %I group by 1$q$, streams, part)
      loop
        perform set_config('app.tenant_id', stream.tenant_id::text, true);
        insert into log_dropped (tenant_id, month, positions) values (stream.tenant_id, cleanup_old_audit_logs.month, stream.positions);
        touched := touched || stream.tenant_id;
      end loop;
      gone := gone || part;
      if total > 0 then
        event := gen_random_uuid();
        insert into platform_audit_staging (id, event) values (event, ${staged('audit.cleanup', 'null', "jsonb_build_object('partition', part, 'entries', total)")});
      end if;
    end if;
    perform set_config('app.tenant_id', '', true);
    entries := total;
    dropped := covered;
    return next;
  end loop;
  foreach owner in array array(select distinct unnest(touched)) loop
    perform set_config('app.tenant_id', owner::text, true);
    event := gen_random_uuid();
    select ${staged('audit.cleanup', 'null', `jsonb_build_object('dropped', ${DROPPED_DIGEST},
            'months', jsonb_agg(to_char(log_dropped.month, 'YYYY-MM') order by log_dropped.month) filter (where dropped_at = now()::timestamptz(3)))`)}
      into record_of from log_dropped where tenant_id = owner;
    if owner = '${PLATFORM}' then
      insert into platform_audit_staging (id, event) values (event, record_of);
    else
      insert into audit_staging (tenant_id, id, event) values (owner, event, record_of);
    end if;
  end loop;
  perform set_config('app.tenant_id', '', true);
  foreach part in array gone loop
    execute format('drop table %I', part);
  end loop;
end`;

/**
 * Erases the personal data of one event; what the log commits to stays, so that every proof holds. True when there was something to erase,
 * which is an event of the same log. What retention has recorded holds nobody's data and stays: verification reads it.
 */
const ERASE = `
declare
  part text;
  place bigint;
  event uuid;
  record_of jsonb;
begin
  perform set_config('app.tenant_id', coalesce(tenant::text, ''), true);
  if tenant is null then
    select tableoid::regclass::text, position into part, place from platform_audit_event where id = entry and erased_at is null and action <> 'audit.cleanup';
  else
    select tableoid::regclass::text, position into part, place from audit_event where tenant_id = tenant and id = entry and erased_at is null and action <> 'audit.cleanup';
  end if;
  if part is null then
    perform set_config('app.tenant_id', '', true);
    return false;
  end if;
  -- The partition itself: the policies of the table let nobody change a row.
  execute format('update %s set actor_id = null, resource_id = null, reason = null, ip = null, user_agent = null, before = null, after = null,
    salt = null, erased_at = now() where %s id = $1 and erased_at is null', part, case when tenant is null then '' else 'tenant_id = $2 and' end) using entry, tenant;
  event := gen_random_uuid();
  record_of := ${staged('audit.erase', globalId('entry'), "jsonb_build_object('position', place)")};
  if tenant is null then
    insert into platform_audit_staging (id, event) values (event, record_of);
  else
    insert into audit_staging (tenant_id, id, event) values (tenant, event, record_of);
  end if;
  perform set_config('app.tenant_id', '', true);
  return true;
end`;

export const AUDIT_MAINTENANCE = ['cleanup_old_audit_logs', 'ensure_audit_partitions', 'erase_audit_details'];

export const auditMaintenance = (): string[] => [
  definer('ensure_audit_partitions', '', 'int', ENSURE),
  ...onlySystem('ensure_audit_partitions()'),
  definer('cleanup_old_audit_logs', 'keep interval', 'table (part text, month date, entries bigint, dropped boolean)', CLEANUP),
  ...onlySystem('cleanup_old_audit_logs(interval)'),
  definer('erase_audit_details', 'tenant uuid, entry uuid', 'boolean', ERASE),
  ...onlySystem('erase_audit_details(uuid, uuid)'),
];
