// Every job has exactly one processor; a contract test compares this list with the subgraphs' declarations.
import type { Pool } from 'pg';
import {
  eraseJob as eraseCommerceJob, expireHoldJob, expireOrdersJob, exportTenantJob as exportTenantCommerceJob, noteReminderJob, offerWaitlistJob, purgeJob as purgeCommerceJob, readPaymentWebhookJob, remindJob, rotateKeysJob as rotateCommerceKeysJob, settlePaymentJob,
} from '../subgraphs/commerce/jobs.js';
import type { CommerceDoor } from '../subgraphs/commerce/public.js';
import {
  backupJob, dataExportJob, drillJob, eraseJob as eraseComplianceJob, exportJob, exportTenantJob as exportTenantComplianceJob, limitJobs as complianceLimits, rotateKeysJob as rotateComplianceKeysJob, verifyJob,
} from '../subgraphs/compliance/jobs.js';
import type { ComplianceDoor } from '../subgraphs/compliance/public.js';
import type { ConversationsDoor } from '../subgraphs/conversations/public.js';
import {
  fetchMediaJob, removeMediaJob,
  announceAttentionJob, confirmAttentionJob, eraseJob as eraseConversationsJob, exportTenantJob as exportTenantConversationsJob, ingestJob, limitJobs as conversationLimits, purgeJob as purgeConversationsJob, releaseJob, rotateKeysJob as rotateConversationsKeysJob,
  giveOutJob, noteInboxBotJob, notePresenceJob,
  noteColleagueJob, refreshTokenJob, sendJob, wakeJob,
  removeLabelJob,
  noteAddressJob,
  remindGuestJob,
} from '../subgraphs/conversations/jobs.js';
import {
  announceJob, announceRemovalJob, confirmJob, confirmRemovalJob, eraseJob as eraseIdentityJob, exportTenantJob as exportTenantIdentityJob, followTenantJob, limitJobs as userLimits, mailJob, notifyJob, purgeJob as purgeIdentityJob,
  announceMemberJob, confirmMemberJob, rotateKeysJob as rotateIdentityKeysJob,
} from '../subgraphs/identity/jobs.js';
import type { IdentityDoor } from '../subgraphs/identity/public.js';
import type { JobDefinition } from '../subgraphs/kernel/messaging/jobs.js';
import type { PurgeJob } from '../subgraphs/kernel/messaging/retention.js';
import {
  announceInboxBotJob, confirmInboxBotJob,
  rotateKeysJob as rotateTenancyKeysJob, sendWebhooksJob,
  announceAlertsJob, announceKeyRotationJob, announceLifeJob, announceLimitsJob, beginErasureJob, confirmAlertJob, confirmKeyRotationJob, confirmLifeJob,
  eraseJob as eraseTenancyJob, exportTenantJob as exportTenantTenancyJob, noteErasureJob, noteExportPartJob, noteUsageJob, openJob, orderRetentionJob, recountJob as recountBotsJob, repeatErasureJob, runTenantExportJob, settlePlanJob,
} from '../subgraphs/tenancy/jobs.js';
import type { TenancyDoor } from '../subgraphs/tenancy/public.js';
import type { Processor } from './queue.js';

/** The doors of the subgraphs, as far as jobs knock on them. */
export interface Doors {
  commerce: CommerceDoor;
  compliance: ComplianceDoor;
  conversations: ConversationsDoor;
  identity: IdentityDoor;
  tenancy: TenancyDoor;
}

const registered: { job: JobDefinition; run: (doors: Doors, payload: unknown, system: Pool) => Promise<unknown> }[] = [
  { job: ingestJob, run: ({ conversations }, payload) => conversations.ingest(ingestJob.payload.parse(payload)) },
  { job: sendJob, run: ({ conversations }, payload) => conversations.send(sendJob.payload.parse(payload)) },
  { job: fetchMediaJob, run: ({ conversations }, payload) => conversations.fetchMedia(fetchMediaJob.payload.parse(payload)) },
  { job: removeMediaJob, run: ({ conversations }, payload) => conversations.removeMedia(removeMediaJob.payload.parse(payload)) },
  { job: announceAttentionJob, run: ({ conversations }, payload) => conversations.announceAttention(announceAttentionJob.payload.parse(payload)) },
  { job: confirmAttentionJob, run: ({ conversations }, payload) => conversations.confirmAttention(confirmAttentionJob.payload.parse(payload)) },
  { job: releaseJob, run: ({ conversations }, payload) => conversations.release(releaseJob.payload.parse(payload)) },
  { job: wakeJob, run: ({ conversations }, payload) => conversations.wake(wakeJob.payload.parse(payload)) },
  { job: removeLabelJob, run: ({ conversations }, payload) => conversations.removeLabel(removeLabelJob.payload.parse(payload)) },
  { job: noteColleagueJob, run: ({ conversations }, payload) => conversations.noteColleague(noteColleagueJob.payload.parse(payload)) },
  { job: notePresenceJob, run: ({ conversations }, payload) => conversations.notePresence(notePresenceJob.payload.parse(payload)) },
  { job: noteInboxBotJob, run: ({ conversations }, payload) => conversations.noteInboxBot(noteInboxBotJob.payload.parse(payload)) },
  { job: remindGuestJob, run: ({ conversations }, payload) => conversations.remindGuest(remindGuestJob.payload.parse(payload)) },
  { job: giveOutJob, run: ({ conversations }, payload) => conversations.giveOut(giveOutJob.payload.parse(payload)) },
  { job: refreshTokenJob, run: ({ conversations }, payload) => conversations.refreshToken(refreshTokenJob.payload.parse(payload)) },
  { job: noteAddressJob, run: ({ conversations }, payload) => conversations.noteAddress(noteAddressJob.payload.parse(payload)) },
  { job: conversationLimits.apply, run: ({ conversations }, payload) => conversations.applyLimits(conversationLimits.apply.payload.parse(payload)) },
  { job: conversationLimits.measure, run: ({ conversations }, payload) => conversations.measure(conversationLimits.measure.payload.parse(payload)) },
  { job: conversationLimits.confirm, run: ({ conversations }, payload) => conversations.confirmMeasure(conversationLimits.confirm.payload.parse(payload)) },
  { job: conversationLimits.recount, run: ({ conversations }, payload, system) => conversations.recount(conversationLimits.recount.payload.parse(payload), system) },
  { job: mailJob, run: ({ identity }, payload) => identity.mail(mailJob.payload.parse(payload)) },
  { job: announceJob, run: ({ identity }, payload) => identity.announce(announceJob.payload.parse(payload)) },
  { job: confirmJob, run: ({ identity }, payload) => identity.confirm(confirmJob.payload.parse(payload)) },
  { job: announceRemovalJob, run: ({ identity }, payload) => identity.announceRemoval(announceRemovalJob.payload.parse(payload)) },
  { job: confirmRemovalJob, run: ({ identity }, payload) => identity.confirmRemoval(confirmRemovalJob.payload.parse(payload)) },
  { job: announceMemberJob, run: ({ identity }, payload) => identity.announceMember(announceMemberJob.payload.parse(payload)) },
  { job: confirmMemberJob, run: ({ identity }, payload) => identity.confirmMember(confirmMemberJob.payload.parse(payload)) },
  { job: notifyJob, run: ({ identity }, payload) => identity.notify(notifyJob.payload.parse(payload)) },
  { job: userLimits.apply, run: ({ identity }, payload) => identity.applyLimits(userLimits.apply.payload.parse(payload)) },
  { job: userLimits.measure, run: ({ identity }, payload) => identity.measure(userLimits.measure.payload.parse(payload)) },
  { job: userLimits.confirm, run: ({ identity }, payload) => identity.confirmMeasure(userLimits.confirm.payload.parse(payload)) },
  { job: userLimits.recount, run: ({ identity }, payload, system) => identity.recount(userLimits.recount.payload.parse(payload), system) },
  { job: complianceLimits.apply, run: ({ compliance }, payload) => compliance.applyLimits(complianceLimits.apply.payload.parse(payload)) },
  { job: complianceLimits.measure, run: ({ compliance }, payload) => compliance.measure(complianceLimits.measure.payload.parse(payload)) },
  { job: complianceLimits.confirm, run: ({ compliance }, payload) => compliance.confirmMeasure(complianceLimits.confirm.payload.parse(payload)) },
  { job: complianceLimits.recount, run: ({ compliance }, payload, system) => compliance.recount(complianceLimits.recount.payload.parse(payload), system) },
  { job: verifyJob, run: ({ compliance }, payload) => compliance.verify(verifyJob.payload.parse(payload)) },
  { job: dataExportJob, run: ({ compliance }, payload) => compliance.exportList(dataExportJob.payload.parse(payload)) },
  { job: exportJob, run: ({ compliance }, payload) => compliance.export(exportJob.payload.parse(payload)) },
  { job: rotateIdentityKeysJob, run: ({ identity }, payload, system) => identity.rotateKeys(rotateIdentityKeysJob.payload.parse(payload), system) },
  { job: rotateConversationsKeysJob, run: ({ conversations }, payload, system) => conversations.rotateKeys(rotateConversationsKeysJob.payload.parse(payload), system) },
  { job: rotateComplianceKeysJob, run: ({ compliance }, payload, system) => compliance.rotateKeys(rotateComplianceKeysJob.payload.parse(payload), system) },
  { job: readPaymentWebhookJob, run: ({ commerce }, payload) => commerce.readPaymentWebhook(readPaymentWebhookJob.payload.parse(payload)) },
  { job: settlePaymentJob, run: ({ commerce }, payload) => commerce.settlePayment(settlePaymentJob.payload.parse(payload)) },
  { job: rotateCommerceKeysJob, run: ({ commerce }, payload, system) => commerce.rotateKeys(rotateCommerceKeysJob.payload.parse(payload), system) },
  { job: purgeConversationsJob, run: ({ conversations }, payload) => conversations.purge(purgeConversationsJob.payload.parse(payload)) },
  { job: purgeCommerceJob, run: ({ commerce }, payload) => commerce.purge(purgeCommerceJob.payload.parse(payload)) },
  { job: purgeIdentityJob, run: ({ identity }, payload) => identity.purge(purgeIdentityJob.payload.parse(payload)) },
  { job: orderRetentionJob, run: ({ tenancy }, payload) => tenancy.orderRetention(orderRetentionJob.payload.parse(payload)) },
  { job: backupJob, run: ({ compliance }, payload) => compliance.backup(backupJob.payload.parse(payload)) },
  { job: drillJob, run: ({ compliance }, payload) => compliance.drill(drillJob.payload.parse(payload)) },
  { job: followTenantJob, run: ({ identity }, payload) => identity.followTenant(followTenantJob.payload.parse(payload)) },
  { job: announceInboxBotJob, run: ({ tenancy }, payload) => tenancy.announceInboxBot(announceInboxBotJob.payload.parse(payload)) },
  { job: confirmInboxBotJob, run: ({ tenancy }, payload) => tenancy.confirmInboxBot(confirmInboxBotJob.payload.parse(payload)) },
  { job: announceLifeJob, run: ({ tenancy }, payload) => tenancy.announceLife(announceLifeJob.payload.parse(payload)) },
  { job: confirmLifeJob, run: ({ tenancy }, payload) => tenancy.confirmLife(confirmLifeJob.payload.parse(payload)) },
  { job: beginErasureJob, run: ({ tenancy }, payload) => tenancy.beginErasure(beginErasureJob.payload.parse(payload)) },
  { job: repeatErasureJob, run: ({ tenancy }, payload) => tenancy.repeatErasure(repeatErasureJob.payload.parse(payload)) },
  { job: noteErasureJob, run: ({ tenancy }, payload) => tenancy.noteErasure(noteErasureJob.payload.parse(payload)) },
  { job: noteExportPartJob, run: ({ tenancy }, payload) => tenancy.noteExportPart(noteExportPartJob.payload.parse(payload)) },
  { job: runTenantExportJob, run: ({ tenancy }, payload) => tenancy.runExport(runTenantExportJob.payload.parse(payload)) },
  { job: openJob, run: ({ tenancy }, payload) => tenancy.open(openJob.payload.parse(payload)) },
  { job: announceKeyRotationJob, run: ({ tenancy }, payload) => tenancy.announceKeyRotation(announceKeyRotationJob.payload.parse(payload)) },
  { job: confirmKeyRotationJob, run: ({ tenancy }, payload) => tenancy.confirmKeyRotation(confirmKeyRotationJob.payload.parse(payload)) },
  { job: announceLimitsJob, run: ({ tenancy }, payload) => tenancy.announceLimits(announceLimitsJob.payload.parse(payload)) },
  { job: settlePlanJob, run: ({ tenancy }, payload) => tenancy.settlePlan(settlePlanJob.payload.parse(payload)) },
  { job: announceAlertsJob, run: ({ tenancy }, payload) => tenancy.announceAlerts(announceAlertsJob.payload.parse(payload)) },
  { job: confirmAlertJob, run: ({ tenancy }, payload) => tenancy.confirmAlert(confirmAlertJob.payload.parse(payload)) },
  { job: recountBotsJob, run: ({ tenancy }, payload, system) => tenancy.recount(recountBotsJob.payload.parse(payload), system) },
  { job: expireHoldJob, run: ({ commerce }, payload) => commerce.expireHold(expireHoldJob.payload.parse(payload)) },
  { job: expireOrdersJob, run: ({ commerce }, payload) => commerce.expireOrders(expireOrdersJob.payload.parse(payload)) },
  { job: offerWaitlistJob, run: ({ commerce }, payload) => commerce.offerWaitlist(offerWaitlistJob.payload.parse(payload)) },
  { job: noteReminderJob, run: ({ commerce }, payload) => commerce.noteReminder(noteReminderJob.payload.parse(payload)) },
  { job: remindJob, run: ({ commerce }, payload) => commerce.remind(remindJob.payload.parse(payload)) },
  { job: sendWebhooksJob, run: ({ tenancy }, payload) => tenancy.sendWebhooks(sendWebhooksJob.payload.parse(payload)) },
  { job: rotateTenancyKeysJob, run: ({ tenancy }, payload, system) => tenancy.rotateKeys(rotateTenancyKeysJob.payload.parse(payload), system) },
  { job: noteUsageJob, run: ({ tenancy }, payload) => tenancy.noteUsage(noteUsageJob.payload.parse(payload)) },
];

/** Taken in turns. */
export const purgeJobs: readonly PurgeJob[] = [purgeConversationsJob, purgeIdentityJob, purgeCommerceJob];

/** Run by the workers themselves, in each schema alike. */
const eraseJobs: readonly JobDefinition[] = [eraseIdentityJob, eraseTenancyJob, eraseConversationsJob, eraseCommerceJob, eraseComplianceJob];
const exportTenantJobs: readonly JobDefinition[] = [exportTenantIdentityJob, exportTenantTenancyJob, exportTenantConversationsJob, exportTenantCommerceJob, exportTenantComplianceJob];

/** The jobs that have a processor. */
export const processedJobs: readonly JobDefinition[] = [...registered.map(({ job }) => job), ...eraseJobs, ...exportTenantJobs];

const subgraphOf = ({ name }: JobDefinition): string => name.split('.')[0] ?? '';

/** The processors of the doors there are. A job's name begins with its subgraph's. @param systemOf the system role's pool on a subgraph's database */
export const processors = (doors: Partial<Doors>, systemOf: (subgraph: string) => Pool): Processor[] => registered
  .filter(({ job }) => subgraphOf(job) in doors)
  .map(({ job, run }) => ({ job, run: (payload) => run(doors as Doors, payload, systemOf(subgraphOf(job))) }));
