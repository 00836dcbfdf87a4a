// From outside: an auditor finds what happened, follows one message through its history, and takes the log away in a form that proves itself.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

interface Event { id: string; action: string; occurredAt: string; outcome: string; actor: { kind: string }; correlationId: string }
interface Exported { id: string; state: string; rows: string; sha256: string; url: string }

let platform: TestPlatform;
let owner: string;
let agent: string;
let folder: string;
let messageId: string;
let conversationId: string;

const events = async (filter: Record<string, unknown>, token = owner): Promise<Event[]> => {
  const answer = await platform.ask(`query ($filter: AuditFilter) { auditEvents(first: 50, filter: $filter) {
    nodes { id action occurredAt outcome correlationId actor { kind } } } }`, { filter }, token);
  return (answer.data?.['auditEvents'] as { nodes: Event[] }).nodes;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-auditor-'));
  platform = await bootPlatform();
  [owner, agent] = await Promise.all([platform.signIn('owner@demo.test'), platform.signIn('agent@demo.test')]);
  await platform.deliver('Is there a table for two tonight?');
  await until(async () => {
    const { data } = await platform.ask('{ conversations { nodes { id } } }', {}, agent);
    conversationId = (data?.['conversations'] as { nodes: { id: string }[] }).nodes[0]?.id ?? '';
    return conversationId !== '';
  }, 'the conversation is there');
  const { data } = await platform.ask(operation('message-send'), { input: { conversationId, text: 'At eight.', idempotencyKey: 'reply' } }, agent);
  messageId = (data?.['messageSend'] as { message: { id: string } }).message.id;
  await until(async () => (await events({ resourceId: messageId })).some(({ action }) => action === 'message.send'), 'the reply is in the trail');
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true });
});

it('finds an event by each of its sides, and by its words', async () => {
  const [sent] = await events({ resourceId: messageId, action: 'message.send' });
  const filters = [
    { resourceType: 'Message', text: 'message sen' }, { correlationId: sent!.correlationId }, { severities: ['INFO'], action: 'message.*', outcome: 'SUCCESS' },
    { from: sent!.occurredAt, type: 'DATA_WRITE', resourceType: 'Message' }, { text: '127.0.0.1 MESSAGE' },
  ];
  for (const filter of filters) expect([filter, (await events(filter)).map(({ id }) => id)]).toEqual([filter, expect.arrayContaining([sent!.id])]);
  expect(await events({ text: 'message nowhere' })).toEqual([]);
  expect((await events({ resourceId: messageId }, await platform.signIn('owner@rival.test')))).toEqual([]);
});

it('follows one message through its history, and leaves a trace there', async () => {
  const history = async (): Promise<Event[]> => {
    const answer = await platform.ask(operation('audit-history'), { type: 'Message', id: messageId }, owner);
    return (answer.data?.['auditHistory'] as { nodes: Event[] }).nodes;
  };
  expect((await history())[0]).toMatchObject({ action: 'message.send', outcome: 'SUCCESS', actor: { kind: 'USER' } });
  await until(async () => (await history()).some(({ action }) => action === 'audit.read'), 'the reading is in the history');
});

it('takes the log away, verifies it alone, and is told of a changed byte', async () => {
  let note = '';
  await until(async () => {
    const { data } = await platform.ask('{ auditCheckpoint { note } }', {}, owner);
    note = (data?.['auditCheckpoint'] as { note: string } | null)?.note ?? '';
    return note !== '';
  }, 'a checkpoint is signed', 20_000);
  const { keys } = await (await fetch(`${platform.url}/.well-known/switchboard-audit-keys`)).json() as { keys: { publicKey: string }[] };
  const verifier = await (await fetch(`${platform.url}/.well-known/switchboard-verify-audit.mjs`)).text();
  const requested = await platform.ask(operation('audit-export-request'), { input: { format: 'JSON_LINES', idempotencyKey: 'quarter' } }, owner);
  expect(requested.data?.['auditExportRequest']).toEqual({ auditExport: { id: expect.any(String), state: 'QUEUED' }, userErrors: [] });
  const { auditExport: { id } } = requested.data?.['auditExportRequest'] as { auditExport: Exported };
  let ready: Exported | undefined;
  await until(async () => {
    ready = (await platform.ask(operation('audit-export'), { id }, owner)).data?.['auditExport'] as Exported;
    return ready.state === 'READY';
  }, 'the export is ready', 30_000);

  const response = await fetch(platform.url + ready!.url);
  const content = await response.text();
  expect([response.status, response.headers.get('content-disposition'), response.headers.get('x-content-type-options'), response.headers.get('cache-control')])
    .toEqual([200, expect.stringMatching(/^attachment; filename="audit-.*\.jsonl"$/), 'nosniff', 'no-store']);
  expect(createHash('sha256').update(content).digest('hex')).toBe(ready!.sha256);
  expect((await fetch(platform.url + ready!.url.slice(0, -1))).status).toBe(404);

  const verify = async (text: string): Promise<{ code: number | null; said: string }> => {
    await Promise.all([writeFile(join(folder, 'export.jsonl'), text), writeFile(join(folder, 'kept.note'), note), writeFile(join(folder, 'verify.mjs'), verifier)]);
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      join(folder, 'verify.mjs'), join(folder, 'export.jsonl'), '--checkpoint', join(folder, 'kept.note'), '--key', keys[0]!.publicKey,
    ], { encoding: 'utf8' });
    return { code: status, said: stdout + stderr };
  };
  expect(await verify(content)).toEqual({ code: 0, said: expect.stringMatching(new RegExp(`^OK: ${ready!.rows} entries of switchboard/audit/tnt_\\w+, 0 of them without details`)) });
  expect(await verify(content.replace('"action":"message.send"', '"action":"message.sent"'))).toEqual({ code: 1, said: expect.stringMatching(/^CHANGED: position \d+, aud_\w+: the entry\.\n$/) });

  await until(async () => {
    const recorded = (await events({ resourceId: id })).map(({ action }) => action);
    return ['audit.export', 'audit.export_ready', 'audit.export_download'].every((action) => recorded.includes(action));
  }, 'request, file and download are in the trail');
  const refused = await platform.ask(operation('audit-export-request'), { input: { format: 'CSV', idempotencyKey: 'no' } }, agent);
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'audit:export' });
});
