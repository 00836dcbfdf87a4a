// Somebody was removed: their conversations wait for somebody else, or would once they are opened again, however often it is said.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { batchBody, TestConversations } from '../../../test/kit/conversations.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

const TOTAL = 205;
const [gone, stays] = [newId(), newId()];
let house: TestConversations;

beforeAll(async () => {
  house = await TestConversations.boot();
  await house.deliver(batchBody(Array.from({ length: TOTAL }, (_, index) => ({ id: `wamid.${index}`, text: 'Hello', from: `1555${1000 + index}`, name: 'x' }))));
  await house.admin.query('update conversations.conversation set assignee_id = $1', [gone]);
  await house.admin.query(`update conversations.conversation set status = 'SNOOZED' where display_number = 2`);
  await house.admin.query(`update conversations.conversation set status = 'RESOLVED' where display_number = 3`);
  await house.admin.query('update conversations.conversation set assignee_id = $1 where display_number = 4', [stays]);
});
afterAll(() => house?.close());

const assigned = (to: string) => house.rows('select display_number from conversations.conversation where assignee_id = $1 order by 1', [to]);
const audited = () => house.rows<{ event: Record<string, unknown> }>(`select event from conversations.audit_staging where event->>'action' = 'conversation.release'`);
const said = () => house.rows(`select tenant_id, payload from conversations.outbox where type = 'ConversationsReleased'`);

it('takes them off every conversation, resolved ones too, and nobody else off theirs; each is recorded as the system\'s doing', async () => {
  expect(await house.services.release.release(house.tenantId, gone)).toBe(TOTAL - 1);
  expect(await assigned(gone)).toEqual([]);
  expect(await assigned(stays)).toEqual([{ display_number: 4 }]);
  const events = await audited();
  expect(events).toHaveLength(TOTAL - 1);
  expect(events[0]?.event).toMatchObject({
    actor: { kind: 'system', id: null }, outcome: 'SUCCESS', resource: { type: 'Conversation' }, before: { assignee: encodeId('user', gone) }, after: { assignee: null },
  });
  expect(await said()).toEqual([{ tenant_id: house.tenantId, payload: { userId: gone } }]);
});

it('does nothing more when it is said again, also twice at once, and answers each time', async () => {
  expect(await Promise.all([1, 2].map(() => house.services.release.release(house.tenantId, gone)))).toEqual([0, 0]);
  expect([(await audited()).length, (await said()).length]).toEqual([TOTAL - 1, 3]);
});

it('touches no other tenant', async () => {
  expect(await house.services.release.release(newId(), stays)).toBe(0);
  expect(await assigned(stays)).toHaveLength(1);
});
