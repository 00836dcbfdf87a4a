// Ids that mutations take besides those in the cases of the audit contract.
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import type { Act, Payload } from './audit.world.js';
import { OWNER, VICTIM, type CrossingWorld } from './crossing.world.js';

type Sent = Pick<Act, 'input' | 'by' | 'select'>;
interface Besides {
  /** What somebody of another tenant sends. */
  mine: (by: string) => Promise<Sent>;
  /** The same by who may. */
  theirs: Sent;
  /** Whether an answer without an error did something; absent: it did. */
  done?: (payload: Payload) => boolean;
}

const tenantId = encodeId('tnt', VICTIM);

/** `mutation(path of the id)` -> what is sent. */
export const besides: Readonly<Record<string, (world: CrossingWorld) => Promise<Besides>>> = {
  'login(input.tenantId)': async () => {
    const login = (email: string): Sent => ({ input: { email, password: DEMO_PASSWORD, tenantId } });
    return { mine: async (by) => login(by), theirs: login(OWNER) };
  },
  'sessionsRevoke(input.userId)': async ({ audit }) => {
    const sent = { input: { scope: 'ALL', userId: await audit.userId('agent@demo.test') }, select: 'sessionsEnded' };
    return {
      mine: async (by) => ({ by: await audit.token(by), ...sent }), theirs: { by: await audit.token(OWNER), ...sent },
      // Whoever has no session here has none that could end: that is no error.
      done: ({ sessionsEnded }) => sessionsEnded !== 0,
    };
  },
};

/** Ids of which other proofs tell. */
export const elsewhere: Readonly<Record<string, string>> = {
  'tenantSuspend(input.tenantId)': 'the platform alone may, for any tenant: subgraphs/tenancy/life/life.test.ts',
  'maintenanceWindowCancel(input.windowId)': 'the platform alone may, for any window: subgraphs/tenancy/window/window.test.ts',
  'maintenanceWindowUpdate(input.windowId)': 'the platform alone may, for any window: subgraphs/tenancy/window/window.test.ts',
  'maintenanceWindowSchedule(input.tenantId)': 'the platform alone may, for any tenant: subgraphs/tenancy/window/window.test.ts',
  'tenantDeletionCancel(input.tenantId)': 'another tenant than the own one is not found: subgraphs/tenancy/life/life.test.ts',
  'tenantBackupCreate(input.tenantId)': 'the platform alone may, for any tenant: subgraphs/compliance/backup/tenant-backup.test.ts',
  'tenantReactivate(input.tenantId)': 'the platform alone may, for any tenant: subgraphs/tenancy/life/life.test.ts',
  'attachmentUpload(input.inboxId)': 'an inbox of another tenant is not found: subgraphs/conversations/attachment/attachment.send.test.ts',
  'messageSend(input.media.attachmentIds)': 'a file of another tenant is not found: subgraphs/conversations/attachment/attachment.send.test.ts',
  'botMessageSend(input.media.attachmentIds)': 'as of messageSend',
  'conversationStart(input.media.attachmentIds)': 'as of messageSend',
  'auditExportRequest(input.filter.actorId)': 'a filter over the own trail, as that of the query auditEvents is, which is tried',
  'auditExportRequest(input.filter.resourceId)': 'a filter over the own trail, as that of the query auditEvents is, which is tried',
  'orderUpdate(input.addLines.variantId)': 'a variant of another tenant is not found: subgraphs/commerce/order/order.edit.test.ts',
  'orderUpdate(input.addLines.choiceIds)': 'a choice that is not the product\'s does not fit: subgraphs/commerce/order/order.edit.test.ts',
  'orderUpdate(input.updateLines.lineId)': 'a line of another order is not found: subgraphs/commerce/order/order.edit.test.ts',
  'orderUpdate(input.updateLines.choiceIds)': 'as of lines that are added',
  'orderUpdate(input.removeLineIds)': 'a line of another order is not found: subgraphs/commerce/order/order.edit.test.ts',
  'paymentRefund(input.lines.orderLineId)': 'a line of another order than the payment\'s is not found: subgraphs/commerce/payment/payment.test.ts',
  'paymentCreate(input.reservationId)': 'a reservation of another tenant is not found: subgraphs/commerce/deposit/deposit.test.ts',
  'paymentRecord(input.reservationId)': 'a reservation of another tenant is not found: subgraphs/commerce/deposit/deposit.test.ts',
  'inboxAssignmentSet(input.agents.userId)': 'who works in another tenant does not work here: subgraphs/conversations/assignment/assignment.test.ts',
  'contactCreate(input.addresses.inboxId)': 'the inbox of another tenant is not found: subgraphs/conversations/contact/contact.work.test.ts',
  'conversationAssign(input.expectedAssigneeId)': 'compared with who is in charge of a conversation of one\'s own, and read by nobody',
  'conversationUnassign(input.expectedAssigneeId)': 'compared with who is in charge of a conversation of one\'s own, and read by nobody',
  'mfaChallengeAnswer(input.tenantId)': 'the choice among one\'s own tenants, as of login: subgraphs/identity/mfa/mfa.test.ts',
  'mfaChallengeConfirm(input.tenantId)': 'the choice among one\'s own tenants, as of login: subgraphs/identity/mfa/mfa.test.ts',
};
