// The audit log from outside: a step of the journey proved by the public keys alone, and a verification against the checkpoint that was kept.
import { expect } from '@jest/globals';
import { openNote } from '../../subgraphs/compliance/log/note.js';
import { leafOf, provesInclusion } from '../../subgraphs/compliance/log/proof.fixture.js';
import { operation } from '../kit/client.js';
import type { TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

export async function proveOneStep(platform: Pick<TestPlatform, 'url' | 'ask'>, admin: string): Promise<void> {
  const { auditEvents } = (await platform.ask('{ auditEvents(first: 1, filter: { action: "message.send", outcome: SUCCESS }) { nodes { id position } } }', {}, admin)).data as
    { auditEvents: { nodes: [{ id: string; position: string }] } };
  const [{ id: eventId, position }] = auditEvents.nodes;
  const proofs: { position: string; entry: string; path: string[]; checkpoint: { size: string; root: string; note: string } }[] = [];
  await until(async () => {
    const found = (await platform.ask(operation('audit-proof'), { eventId }, admin)).data?.['auditProof'] as (typeof proofs)[number] | null;
    if (found) proofs.push(found);
    return found !== null;
  }, 'a checkpoint covers the step');
  const { entry, path, checkpoint } = proofs[0]!;
  const { keys } = await (await fetch(`${platform.url}/.well-known/switchboard-audit-keys`)).json() as { keys: [{ publicKey: string }] };
  const tenant = (JSON.parse(entry) as { id: string; tenant: string }).tenant;
  const text = openNote(checkpoint.note, `switchboard/audit/${tenant}`, Buffer.from(keys[0].publicKey, 'base64'));
  expect(text?.split('\n').slice(1, 3)).toEqual([checkpoint.size, Buffer.from(checkpoint.root, 'hex').toString('base64')]);
  const proves = (told: string): boolean =>
    provesInclusion(leafOf(Buffer.from(told)), Number(position), Number(checkpoint.size), path.map((hash) => Buffer.from(hash, 'hex')), Buffer.from(checkpoint.root, 'hex'));
  expect([proves(entry), proves(entry.replace('message.send', 'message.sent'))]).toEqual([true, false]);

  const { auditVerificationRequest } = (await platform.ask(operation('audit-verification-request'), { input: { checkpoint: checkpoint.note } }, admin)).data as
    { auditVerificationRequest: { verification: { id: string }; userErrors: unknown[] } };
  expect(auditVerificationRequest.userErrors).toEqual([]);
  const verification = async (): Promise<{ state: string; checked: string; total: string }> => (await platform.ask(
    'query ($id: ID!) { auditVerification(id: $id) { state checked total } }', { id: auditVerificationRequest.verification.id }, admin)).data?.['auditVerification'] as never;
  await until(async () => (await verification()).state !== 'RUNNING', 'the verification has ended');
  const { state, checked, total } = await verification();
  expect([state, checked]).toEqual(['PASSED', total]);
}
