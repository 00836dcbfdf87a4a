// Messages and contacts are found by their words, within their tenant and, messages, from the newest day back.
import { OWNER_ROLE, SYSTEM_ROLE, appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';
/** Of PostgreSQL itself and the same everywhere, so that what is indexed never changes its meaning. */
const UNICODE = 'collate pg_catalog.pg_c_utf8';
/** Characters beyond this are kept and shown, not searched: a tsvector has a limit, and storing a message must never meet it. */
const SEARCHED = 20_000;
/** Han, kana and their like, which are written without spaces: each is a word. */
const IDEOGRAPH = '[\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]';
/** What of a message's content names something else than people would look for. */
const UNSAID = ['kind', 'externalId', 'url', 'sha256', 'mimeType', 'choiceId', 'catalogId', 'productId', 'currency', 'event', 'shared'];

/** As \`audit_fold\` of compliance: words between single spaces, lower case, no accents, no punctuation. */
const fold = `create function ${S}.search_fold(given text) returns text language plpgsql immutable parallel safe cost 500 as $$
  declare folded text := lower(given ${UNICODE});
  begin
    if octet_length(folded) <> char_length(folded) then
      folded := regexp_replace(normalize(folded, NFKD), '[\u0300-\u036f\u3099\u309a]', '', 'g');
      folded := translate(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđħıŧ', 'oldhit');
      folded := regexp_replace(folded, '(${IDEOGRAPH})', ' \\1 ', 'g');
    end if;
    return trim(regexp_replace(folded, '[^[:alnum:]]+' ${UNICODE}, ' ', 'g'));
  end $$`;

const words = `create function ${S}.search_words(given text) returns tsvector language plpgsql immutable parallel safe cost 1000 as $$
  begin
    return to_tsvector('pg_catalog.simple'::regconfig, ${S}.search_fold(left(given, ${SEARCHED})));
  end $$`;

/** The text, and what its content says besides: names of files, places, cards, answers. */
const messageWords = `create function ${S}.message_words(said text, content jsonb) returns tsvector language plpgsql immutable parallel safe cost 1000 as $$
  begin
    if content is null then return ${S}.search_words(coalesce(said, '')); end if;
    return ${S}.search_words(concat_ws(' ', said, (
      select string_agg(value #>> '{}', ' ') from jsonb_path_query(content, 'lax $.**') as part, jsonb_each(case jsonb_typeof(part) when 'object' then part else '{}' end) as held (key, held),
        jsonb_array_elements(case jsonb_typeof(held) when 'array' then held else jsonb_build_array(held) end) as each (value)
      where jsonb_typeof(value) = 'string' and key <> all (array[${UNSAID.map((key) => `'${key}'`).join(', ')}]))));
  end $$`;

/**
 * Names and ids of somebody, and their number also from its end, as people know numbers without the country. `<` is in no word.
 * An id of digits alone is a number.
 */
const personWords = `create function ${S}.person_words(names text, id text, phone text) returns tsvector language plpgsql immutable parallel safe cost 1000 as $$
  declare digits text := regexp_replace(coalesce(phone, case when id ~ '^[0-9]+$' then id end), '[^0-9]', '', 'g');
  begin
    return ${S}.search_words(concat_ws(' ', names, id)) || case when char_length(digits) >= 4 then array_to_tsvector(array[digits, '<' || reverse(digits)]) else ''::tsvector end;
  end $$`;

/**
 * What leads every indexed word: the end of the tenant's id and, of messages, the day of theirs. An index search so touches that tenant and day alone.
 * Words hold no space, so that marking them is a matter of texts: each message does it.
 */
const mark = [
  `create function ${S}.search_mark(tenant uuid, day integer) returns text language plpgsql immutable parallel safe cost 50 as $$
    begin
      return right(tenant::text, 8) || to_hex(day) || '.';
    end $$`,
  `create function ${S}.search_keys(mark text, words tsvector) returns tsvector language plpgsql immutable parallel safe cost 200 as $$
    begin
      return array_to_tsvector(string_to_array(mark || array_to_string(tsvector_to_array(words), ' ' || mark), ' '));
    end $$`,
  `create function ${S}.message_keys(tenant uuid, id uuid, words tsvector) returns tsvector language plpgsql immutable parallel safe cost 300 as $$
    begin
      if words = ''::tsvector then return words; end if;
      return ${S}.search_keys(${S}.search_mark(tenant, (('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000)::integer), words);
    end $$`,
  `create function ${S}.contact_keys(tenant uuid, words tsvector) returns tsvector language plpgsql immutable parallel safe cost 300 as $$
    begin
      if words = ''::tsvector then return words; end if;
      return ${S}.search_keys(${S}.search_mark(tenant, 0), words);
    end $$`,
];

/** More would meet too much of a word that was frequent for a while. */
const DAYS_AT_ONCE = 4;

/** A shorter beginning has so many words that an index is no help: it is taken for a whole word. */
const PREFIX = 3;

/**
 * Every term of \`sought\`, the last as a beginning when it is \`open\`. The words of one term stand in their order when that is asked for,
 * and are all there otherwise. Null: no word.
 */
const query = `create function ${S}.search_query(mark text, sought text[], open boolean, ordered boolean) returns tsquery language plpgsql immutable parallel safe cost 500 as $$
  declare asked text; term text; folded text; last text;
  begin
    foreach term in array sought loop
      folded := ${S}.search_fold(term);
      continue when folded = '';
      asked := concat_ws('&', asked, '(' || (select string_agg(quote_literal(mark || word), case when ordered then '<->' else '&' end order by place)
        from unnest(string_to_array(folded, ' ')) with ordinality as one (word, place)) || ')');
      last := substring(folded from '[^ ]+$');
    end loop;
    if open and char_length(last) >= ${PREFIX} then asked := left(asked, -1) || ':*)'; end if;
    return asked::tsquery;
  end $$`;

/** A number, however it is written: from its beginning, or its end without the zeros that are dialled at home. Null: no number. */
const numberQuery = `create function ${S}.number_query(mark text, sought text[]) returns tsquery language plpgsql immutable parallel safe cost 500 as $$
  declare typed text := array_to_string(sought, ' '); digits text := ltrim(regexp_replace(typed, '[^0-9]', '', 'g'), '0');
  begin
    if typed !~ '^[-+()/. 0-9]+$' or char_length(digits) < 4 then return null; end if;
    return (quote_literal(mark || digits) || ':* | ' || quote_literal(mark || '<' || reverse(digits)) || ':*')::tsquery;
  end $$`;

const MESSAGE_KEYS = `${S}.message_keys(tenant_id, id, words)`;
const OWN_KEYS = `${S}.contact_keys(tenant_id, words)`;
const TENANT = `(select nullif(current_setting('app.tenant_id', true), '')::uuid)`;

/**
 * Matching words is no operation row-level security lets use an index, so these functions, which keep to the tenant themselves, answer with
 * keys; their rows are then read under the policy. What is found by the marked words is found first and alone, so that nothing but
 * its index can find it; planned for each call's own values.
 */
const finding = [
  ...['message', 'contact', 'contact_identity'].map((table) => `create policy ${table}_search on ${S}.${table} for select to ${OWNER_ROLE} using (true)`),
  // Day by day, then some days at a time: what a word of some time had that nobody writes any more is met in portions too.
  `create function ${S}.message_search(sought text[], open boolean, newest integer, oldest integer, below uuid, most integer)
    returns table (id uuid, conversation_id uuid, inbox_id uuid, seq integer) language plpgsql stable security definer rows 100 set search_path = ${S}, pg_temp
    set enable_seqscan = off set enable_indexscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    tenant uuid := ${TENANT}; exact tsquery := ${S}.search_query('', sought, open, true); asked text := '(' || ${S}.search_query('~', sought, open, false)::text || ')';
    day integer := newest; days integer := 1; marked text; got integer; given integer := 0;
  begin
    while day >= oldest and given < most loop
      marked := replace(asked, '~', ${S}.search_mark(tenant, day));
      for before in 1 .. least(days - 1, day - oldest) loop
        marked := marked || '|' || replace(asked, '~', ${S}.search_mark(tenant, day - before));
      end loop;
      return query select m.id, m.conversation_id, m.inbox_id, m.seq from (
          select tenant_id, id, conversation_id, inbox_id, seq, words from ${S}.message where ${MESSAGE_KEYS} @@ marked::tsquery offset 0
        ) m where m.tenant_id = tenant and m.id < below and m.words @@ exact order by m.id desc limit most - given;
      get diagnostics got = row_count;
      given := given + got;
      day := day - days;
      days := least(days * 2, ${DAYS_AT_ONCE});
    end loop;
  end $$`,
  `create function ${S}.contact_search(sought text[], open boolean, most integer)
    returns table (id uuid) language plpgsql stable security definer rows 100 set search_path = ${S}, pg_temp
    set enable_seqscan = off set enable_indexscan = off set jit = off as $$
  declare tenant uuid := ${TENANT}; mark text := ${S}.search_mark(tenant, 0);
  begin
    return query execute 'with named as materialized (select tenant_id, id, words from ${S}.contact where ${OWN_KEYS} @@ $1),
      known as materialized (select tenant_id, contact_id, words from ${S}.contact_identity where ${OWN_KEYS} @@ $1)
      select id from (select id, words from named where tenant_id = $2 union all select contact_id, words from known where tenant_id = $2) as found (id, words)
      where words @@ $3 or words @@ $4 limit $5'
    using coalesce(${S}.search_query(mark, sought, open, false) || ${S}.number_query(mark, sought), ${S}.search_query(mark, sought, open, false)), tenant,
      ${S}.search_query('', sought, open, true), ${S}.number_query('', sought), most;
  end $$`,
];

const HELPERS = [
  'search_fold(text)', 'search_words(text)', 'message_words(text, jsonb)', 'person_words(text, text, text)', 'search_mark(uuid, integer)',
  'search_keys(text, tsvector)', 'message_keys(uuid, uuid, tsvector)', 'contact_keys(uuid, tsvector)', 'search_query(text, text[], boolean, boolean)', 'number_query(text, text[])',
].map((signature) => `${S}.${signature}`);
const SEARCHES = [`${S}.message_search(text[], boolean, integer, integer, uuid, integer)`, `${S}.contact_search(text[], boolean, integer)`];

export const search = sqlMigration('20261130-52-search', [
  fold, words, messageWords, personWords, ...mark, query, numberQuery,
  // Whoever writes a row has its words: nothing can be found by what it does not say any more.
  `alter table ${S}.message add column words tsvector generated always as (${S}.message_words(text, content)) stored`,
  `alter table ${S}.contact add column words tsvector generated always as (${S}.person_words(coalesce(name, '') || ' ' || coalesce(email, ''), identifier, phone)) stored`,
  `alter table ${S}.contact_identity add column words tsvector generated always as (${S}.person_words(null, external_id, phone)) stored`,
  // Without a list of what is still to be put in order, which one message would put in order for hundreds.
  `create index message_words on ${S}.message using gin ((${MESSAGE_KEYS})) with (fastupdate = off)`,
  `create index contact_words on ${S}.contact using gin ((${OWN_KEYS})) with (fastupdate = off)`,
  `create index contact_identity_words on ${S}.contact_identity using gin ((${OWN_KEYS})) with (fastupdate = off)`,
  ...finding,
  `revoke all on function ${[...HELPERS, ...SEARCHES].join(', ')} from public`,
  // Whoever adds a row makes its words.
  `grant execute on function ${HELPERS.join(', ')} to ${appRole(S)}, ${SYSTEM_ROLE}`,
  `grant execute on function ${SEARCHES.join(', ')} to ${appRole(S)}`,
]);
