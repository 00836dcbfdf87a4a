// Exports of lists as clients meet them: what may be asked, by whom and how often, what is in each format, who may download it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import readXlsx from 'read-excel-file/node';
import { newId } from '../../kernel/base/ids.js';
import { unzip } from '../../../test/kit/unzip.js';
import { AUDIT_ROWS, DataExportWorld } from './data-export.fixture.js';

const [tenant, elsewhere] = [newId(), newId()];
const READING = ['data:export', 'audit:read'];
/** What a spreadsheet would run, and what only begins like it. */
const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', `'quoted`, 'plain, "with" quotes;\nand a line'];
/** Half past twelve on a winter's night in Rome, of the day after in UTC. */
const AT = new Date('2026-01-31T23:30:00.000Z');

let now = new Date();
let world: DataExportWorld;
let ann: ReturnType<DataExportWorld['person']>;
beforeAll(async () => {
  world = await DataExportWorld.open(() => now);
  ann = world.person(tenant, READING);
  for (const [index, reason] of FORMULAS.entries()) await world.world.seal(tenant, 1, new Date(AT.getTime() + index * 1_000), { reason });
});
afterAll(() => world.close());

const ask = (query: string, variables: Record<string, unknown>, actor = ann) => world.world.subgraph.ask(query, variables, actor);
const refusal = async (input: Record<string, unknown>, actor = world.person(tenant, READING)) => {
  const { export: begun, userErrors: [error] } = await world.create(actor, input);
  return { begun, ...error };
};

describe('what is asked', () => {
  it.each([
    ['no GraphQL', 'query {', 'This is no GraphQL document: Syntax Error: Expected Name, found <EOF>.'],
    ['a mutation', 'mutation { exportCancel(input: { id: "exp_1" }) { userErrors { code } } }', 'An export reads: this is a mutation.'],
    ['two operations', 'query A { __typename } query B { __typename }', 'The document holds one operation: the query to export.'],
    ['a field that is not there', '{ auditEvents { nodes { id secret } } }', 'Cannot query field "secret" on type "AuditEvent".'],
    ['what clients do not see', '{ securityEvents { nodes { nodeKey } } }', 'Cannot query field "nodeKey" on type "SecurityEvent".'],
    ['no list', '{ auditCheckpoint { size } }', 'This selects no list in pages: an export follows a field with first, after and pageInfo, like auditEvents.'],
    ['two lists', '{ auditEvents { nodes { id } } securityEvents { nodes { id } } }', 'An export follows one list: the query has to select one field, which is that list or leads to it.'],
    ['a list in a list', '{ conversations { nodes { id messages(first: 5) { nodes { id } } } } }', 'messages is a list in pages itself: an export follows one list, so that nothing is cut off without a word.'],
    ['no rows', '{ auditEvents { pageInfo { hasNextPage } } }', 'auditEvents has to select nodes or edges, once: that is what its rows are.'],
    ['conditions', 'query ($no: Boolean!) { auditEvents @include(if: $no) { nodes { id } } }', 'auditEvents cannot depend on @skip or @include.'],
    ['too much', `{ auditEvents { nodes { ${Array.from({ length: 31 }, (_none, index) => `a${index}: id`).join(' ')} } } }`, 'A query has at most 11 levels, 29 aliases and 10000 fields.'],
  ])('is refused with a reason and its place: %s', async (_what, operation, message) => {
    expect(await refusal({ operation })).toMatchObject({ begun: null, __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'operation'], message });
  });

  it.each([
    [{ operation: 'query ($filter: AuditFilter) { auditEvents(filter: $filter) { nodes { id } } }', variables: { filter: { no: 1 } } }, ['input', 'variables', 'filter']],
    [{ columns: [{ path: 'id' }, { path: 'salary' }] }, ['input', 'columns', '1', 'path']],
    [{ columns: [{ path: 'id', heading: 'A' }, { path: 'action', heading: 'A' }] }, ['input', 'columns', '1', 'heading']],
    [{ timeZone: 'Europe/Atlantis' }, ['input', 'timeZone']],
    [{ language: 'no language' }, ['input', 'language']],
    [{ idempotencyKey: 'with space' }, ['input', 'idempotencyKey']],
    [{ format: 'PDF', operation: `{ auditEvents { nodes { ${Array.from({ length: 13 }, (_none, index) => `a${index}: id`).join(' ')} } } }` }, ['input', 'operation']],
  ])('is refused at %j', async (input, field) => {
    expect(await refusal(input)).toMatchObject({ begun: null, __typename: 'InputInvalid', field });
  });

  it('leaves nothing behind when it is refused, and needs the right to export', async () => {
    const [{ count } = { count: '' }] = await world.world.rows<{ count: string }>('select count(*) from compliance.data_export');
    expect(count).toBe('0');
    const bare = await ask('mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } } }', { input: { operation: AUDIT_ROWS, format: 'CSV', idempotencyKey: 'x' } }, world.person(tenant, ['audit:read']));
    expect(bare.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'data:export' });
  });

  it('twice with one key is one export; with another wish it is a mistake', async () => {
    const first = await world.begin(ann, { idempotencyKey: 'click' });
    expect((await world.begin(ann, { idempotencyKey: 'click' })).id).toBe(first.id);
    expect(await refusal({ idempotencyKey: 'click', format: 'CSV' }, ann)).toMatchObject({ begun: null, code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] });
    expect((await world.begin(world.person(tenant, READING), { idempotencyKey: 'click' })).id).not.toBe(first.id);
  });

  it('more than ten times within an hour waits until the first is an hour old', async () => {
    const eve = world.person(tenant, READING);
    const begun = now;
    for (let asked = 0; asked < 10; asked += 1) {
      now = new Date(begun.getTime() + asked * 60_000);
      await world.begin(eve);
    }
    const resetsAt = new Date(begun.getTime() + 3_600_000);
    expect(await refusal({}, eve)).toMatchObject({ begun: null, __typename: 'ExportLimit', code: 'LIMIT_REACHED', resetsAt: resetsAt.toISOString() });
    await world.begin(world.person(tenant, READING));
    now = resetsAt;
    await world.begin(eve);
    expect(await refusal({}, eve)).toMatchObject({ __typename: 'ExportLimit' });
    now = new Date();
  });
});

describe('what is written', () => {
  it('is one row for each of the list, through every page, in CSV without formulas', async () => {
    const operation = 'query { auditEvents { nodes { ...Row } } } fragment Row on AuditEvent { why: reason resource { kind: type } }';
    const lines = (await world.text(ann, { operation, format: 'CSV' })).split('\r\n');
    expect(lines).toEqual([
      'why,resource.kind', `"plain, ""with"" quotes;\nand a line",Order`, `''quoted,Order`, `"'\rx",Order`, `'\tx,Order`, `'@SUM(A1),Order`, `'-1,Order`, `'+1,Order`, `'=1+1,Order`, '',
    ]);
  });

  it('is what the graph says in JSON Lines, with the columns that were chosen', async () => {
    const rows = (await world.text(ann, { columns: [{ path: 'reason', heading: 'Warum' }, { path: 'occurredAt' }] })).trimEnd().split('\n').map((line) => JSON.parse(line) as object);
    expect(rows.at(-1)).toEqual({ Warum: '=1+1', occurredAt: AT.toISOString() });
    expect(rows).toHaveLength(FORMULAS.length);
  });

  it('is text, numbers and dates of the asker\'s time zone in a workbook', async () => {
    const operation = '{ auditEvents { edges { cursor node { reason position occurredAt } } } }';
    const file = await world.file(ann, { operation, format: 'XLSX', timeZone: 'Europe/Rome', title: 'Audit: [all]' });
    const [sheet] = await readXlsx(file);
    const rows = sheet?.data as unknown[][];
    expect([sheet?.sheet, rows[0], rows.length]).toEqual(['Audit   all', ['reason', 'position', 'occurredAt'], FORMULAS.length + 1]);
    // A workbook knows no zones: what the clock in Rome showed.
    const [reason, position, at] = rows.at(-1) as [unknown, unknown, Date];
    expect([reason, position, Math.round(at.getTime() / 1_000)]).toEqual(['=1+1', 0, Date.parse('2026-02-01T00:30:00.000Z') / 1_000]);
    const xml = (await unzip(file)).get('xl/worksheets/sheet1.xml') ?? '';
    expect([xml.includes('<f>'), /<c r="A9" t="inlineStr" s="2"><is><t xml:space="preserve">=1\+1</.test(xml)]).toEqual([false, true]);
  });

  it('is a document with the rows and their charts in a PDF', async () => {
    const file = await world.file(ann, { format: 'PDF', language: 'fr-FR', timeZone: 'Europe/Rome', title: 'Journal d’août' });
    expect([file.subarray(0, 5).toString(), file.subarray(-6).toString().trim(), file.includes('/FontFile2')]).toEqual(['%PDF-', '%%EOF', true]);
  });

  it('is told by a manifest whose hash is in the trail, as is each download', async () => {
    const done = await world.ready(ann, { title: 'Trail', operation: 'query ($text: String) { auditEvents(filter: { text: $text }) { nodes { id } } }', variables: { text: 'nothing' } });
    expect(done).toMatchObject({ state: 'READY', rows: '0', estimatedRows: '0', written: '0', title: 'Trail', columns: ['id'] });
    expect(JSON.parse(done.manifest ?? '')).toMatchObject({ format: 'switchboard-export/1', id: done.id, requestedBy: done.requestedBy, rows: 0, sha256: done.sha256, variables: { text: 'nothing' } });
    const { status, headers } = await world.download(done.url ?? '');
    expect([status, headers['content-disposition']]).toEqual([200, expect.stringMatching(/^attachment; filename="trail-\d{4}-\d\d-\d\d-[0-9a-f]{12}\.jsonl"$/)]);
    const told = await world.world.rows<{ action: string; after: Record<string, unknown>; actor: unknown }>(
      `select event->>'action' as action, event->'after' as after, event->'actor'->'id' as actor from compliance.audit_staging where event->'resource'->>'id' = $1 order by id`, [done.id]);
    expect(told.map(({ action }) => action)).toEqual(['export.create', 'export.ready', 'export.download']);
    expect(told[1]?.after).toMatchObject({ rows: 0, sha256: done.sha256, manifestSha256: createHash('sha256').update(done.manifest ?? '').digest('hex') });
    expect(told[2]?.actor).toBe(done.requestedBy);
  });
});

describe('whose it is', () => {
  it('shows each their own, owners everybody\'s, and the link to whoever asked', async () => {
    const mine = await world.ready(ann);
    const colleague = world.person(tenant, READING);
    const owner = world.person(tenant, [...READING, 'data:manage']);
    const stranger = world.person(elsewhere, [...READING, 'data:manage']);
    expect(mine.url).toMatch(/^\/api\/exports\//);
    expect(await world.of(owner, mine.id)).toEqual({ ...mine, url: null });
    expect([await world.of(colleague, mine.id), await world.of(stranger, mine.id)]).toEqual([null, null]);
    const listed = async (actor: typeof ann) => ((await ask('{ exports(first: 100) { nodes { id } } }', {}, actor)).data?.['exports'] as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
    expect([(await listed(ann))[0], (await listed(owner))[0], await listed(colleague), await listed(stranger)]).toEqual([mine.id, mine.id, [], []]);
    const cancel = async (actor: typeof ann) => (await ask('mutation ($id: ID!) { exportCancel(input: { id: $id }) { export { id } userErrors { __typename field } } }', { id: mine.id }, actor)).data?.['exportCancel'];
    const refusedWith = (typename: string) => ({ export: null, userErrors: [{ __typename: typename, field: ['input', 'id'] }] });
    expect([await cancel(colleague), await cancel(stranger), await cancel(owner)]).toEqual([refusedWith('ExportNotFound'), refusedWith('ExportNotFound'), refusedWith('ExportEnded')]);
    const progress = await world.world.subgraph.subscribe('subscription ($id: ID!) { exportProgress(id: $id) { cursor } }', { id: mine.id }, stranger);
    expect(progress).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it('serves a link that was made, and no other, until its seven days are over; then the file goes', async () => {
    const { id, url } = await world.ready(ann);
    const token = url?.split('/').at(-1) ?? '';
    const forged = Buffer.from(token, 'base64url');
    forged[40] = (forged[40] ?? 0) ^ 1;
    expect([(await world.download(url ?? '')).status, (await world.download(forged.toString('base64url'))).status, (await world.download('nonsense')).status]).toEqual([200, 404, 404]);
    now = new Date(now.getTime() + 7 * 86_400_000);
    expect([(await world.download(url ?? '')).status, (await world.of(ann, id))?.url]).toEqual([410, null]);
    await world.run(id);
    now = new Date();
    expect([await world.of(ann, id), (await world.download(url ?? '')).status]).toMatchObject([{ state: 'EXPIRED', url: null, sha256: expect.any(String) }, 410]);
  });
});
