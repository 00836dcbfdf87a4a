// Every way to look for audit events has an index, full text too, and stays within the tenant.
import { OWNER_ROLE, SYSTEM_ROLE, appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'compliance';
/** Of PostgreSQL itself and the same everywhere, so that what is indexed never changes its meaning. */
const UNICODE = 'collate pg_catalog.pg_c_utf8';
/** Details beyond this many characters are kept and shown, not searched: a tsvector has a limit, and sealing must never meet it. */
const SEARCHED = 20_000;
const NEWEST = 'occurred_at desc, id desc';

/** Text as words between single spaces: lower case, no accents, no punctuation. */
const fold = `create function ${S}.audit_fold(given text) returns text language plpgsql immutable parallel safe cost 500 as $$
  declare folded text := lower(given ${UNICODE});
  begin
    if octet_length(folded) <> char_length(folded) then
      folded := regexp_replace(normalize(folded, NFKD), '[\u0300-\u036f]', '', 'g');
      folded := translate(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđħıŧ', 'oldhit');
    end if;
    return trim(regexp_replace(folded, '[^[:alnum:]]+' ${UNICODE}, ' ', 'g'));
  end $$`;

/**
 * The words of an event. A lexeme no text yields names the tenant, so that an index search touches that tenant's entries alone. In JSON
 * a backslash begins an escape, whose letter belongs to no word.
 */
const words = `create function ${S}.audit_words(
    tenant uuid, action text, reason text, ip text, user_agent text, before jsonb, after jsonb
  ) returns tsvector language plpgsql immutable parallel safe cost 1000 as $$
  declare found tsvector := to_tsvector('pg_catalog.simple', ${S}.audit_fold(concat_ws(' ', action, left(reason, ${SEARCHED}), ip, left(user_agent, ${SEARCHED}),
    regexp_replace(concat_ws(' ', left(before::text, ${SEARCHED}), left(after::text, ${SEARCHED})), '\\\\(u[0-9a-f]{4}|.)', ' ', 'g'))));
  begin
    return case when tenant is null then found else found || array_to_tsvector(array['tenant ' || tenant::text]) end;
  end $$`;

/** A shorter beginning has so many words that an index is no help: it is taken for a whole word. */
const PREFIX = 3;

/** Every word of \`sought\`, the last as a beginning; what was typed without a space, like an address, in that order. Null: no word. */
const query = `create function ${S}.audit_query(tenant uuid, sought text) returns tsquery language sql immutable parallel safe as $$
    select to_tsquery('pg_catalog.simple', string_agg(replace(folded, ' ', '<->'), ' & ' order by place)
      || case when char_length(substring((array_agg(folded order by place desc))[1] from '[^ ]+$')) < ${PREFIX} then '' else ':*' end)
      && case when tenant is null then '' else quote_literal('tenant ' || tenant::text)::tsquery end
    from (select place, ${S}.audit_fold(typed) as folded from regexp_split_to_table(sought, '\\s+') with ordinality as term (typed, place)) as terms
    where folded <> '' $$`;

const wordsOf = (tenant: 'tenant_id' | null): string => `${S}.audit_words(${tenant ?? 'null::uuid'}, action, reason, ip, user_agent, before, after)`;

function indexes(table: string, tenant: 'tenant_id' | null): string[] {
  const lead = tenant ? `${tenant}, ` : '';
  const index = (name: string, by: string, where = ''): string[] => [
    `drop index if exists ${S}.${table}_${name}`,
    `create index ${table}_${name} on ${S}.${table} (${lead}${by}${NEWEST})${where}`,
  ];
  return [
    `create index ${table}_words on ${S}.${table} using gin ((${wordsOf(tenant)}))`,
    ...index('actor', 'actor_id, '),
    ...index('resource', 'resource_id, '),
    ...index('resource_type', 'resource_type, '),
    ...index('type', 'type, '),
    // In the order of bytes, in which a prefix is a range, and whose comparison row-level security lets use an index.
    ...index('action', 'action collate "C", '),
    ...index('correlation', 'correlation_id, '),
    // The common values are found soon enough among the newest.
    ...index('severity', 'severity, ', ` where severity <> 'INFO'`),
    ...index('outcome', 'outcome, ', ` where outcome <> 'SUCCESS'`),
  ];
}

/**
 * Text search is no operation row-level security lets use an index, so this function, which keeps to the tenant itself, answers with
 * keys; their rows are then read under the policy. Planned for each call's own values: which index is right depends on them.
 */
const search = [
  `create policy audit_event_search on ${S}.audit_event for select to ${OWNER_ROLE} using (true)`,
  `create function ${S}.audit_search(
    sought text, wanted_type text, wanted_severities text[], wanted_outcome text, wanted_action text, action_prefix text, wanted_actor text,
    wanted_resource_type text, wanted_resource text, wanted_correlation text, since timestamptz, until timestamptz,
    before_at timestamptz, before_id uuid, most int
  ) returns table (occurred_at timestamptz, id uuid) language plpgsql stable security definer rows 26 set search_path = ${S}, pg_temp as $$
  begin
    return query execute 'select occurred_at, id from ${S}.audit_event
      where tenant_id = $1 and ${wordsOf('tenant_id')} @@ ${S}.audit_query($1, $2)
        and ($3 is null or type = $3) and ($4 is null or severity = any ($4)) and ($5 is null or outcome = $5)
        and ($6 is null or action collate "C" = $6)
        and ($7 is null or (action collate "C" >= $7 and action collate "C" < $7 || chr(1114111)))
        and ($8 is null or actor_id = $8) and ($9 is null or resource_type = $9) and ($10 is null or resource_id = $10)
        and ($11 is null or correlation_id = $11) and ($12 is null or occurred_at >= $12) and ($13 is null or occurred_at < $13)
        and ($14 is null or (occurred_at, id) < ($14, $15))
      order by occurred_at desc, id desc limit $16'
    using (select nullif(current_setting('app.tenant_id', true), '')::uuid), sought, wanted_type, wanted_severities, wanted_outcome,
      wanted_action, action_prefix, wanted_actor, wanted_resource_type, wanted_resource, wanted_correlation, since, until,
      before_at, before_id, most;
  end $$`,
];
const HELPERS = [
  'audit_fold(text)', 'audit_words(uuid, text, text, text, text, jsonb, jsonb)', 'audit_query(uuid, text)',
].map((signature) => `${S}.${signature}`);
const SEARCH = `${S}.audit_search(text, text, text[], text, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz, uuid, int)`;

export const auditSearch = sqlMigration('20261129-50-audit-search', [
  fold, words, query,
  ...indexes('audit_event', 'tenant_id'),
  ...indexes('platform_audit_event', null),
  ...search,
  `revoke all on function ${[...HELPERS, SEARCH].join(', ')} from public`,
  // Whoever adds a row makes its words.
  `grant execute on function ${HELPERS.join(', ')} to ${appRole(S)}, ${SYSTEM_ROLE}`,
  `grant execute on function ${SEARCH} to ${appRole(S)}`,
]);
