// Telling people: one row a person and cause, whatever is repeated; the mail and the live event come with the row or not at all.
import { systemActor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MailService } from '../mail/mail.service.js';
import { inHome, tenantOf } from '../platform.js';
import type { RoleService } from '../role/role.service.js';
import { db } from '../tables.js';
import type { NotificationParams } from './notification.entity.js';
import { NotificationAdded, StaffNotified, type StaffNotificationRequest } from './notification.events.js';
import { channelsOf, type Channels, type NotificationKind } from './notification.kinds.js';
import { localesOf } from './notification.locale.js';
import { notificationMail } from './notification.mail.js';
import { recipientsOf, type Addressees, type Recipient } from './notification.recipients.js';

export interface NotificationRequest extends Addressees {
  kind: NotificationKind;
  /** Global id of what it is about. */
  subjectId: string | null;
  params: NotificationParams;
  /** Equal keys are one notification to each person. */
  dedupeKey: string;
}

interface Told extends Recipient, Channels {
  id: string;
}

/** Opens other people's rows to the one who delivers. No slice contributes it, so that no role and no key can ever hold it. */
const DELIVER = 'notification:deliver';

export class NotificationDelivery {
  constructor(private readonly deps: SubgraphDeps, private readonly roles: RoleService, private readonly mails: MailService) {}

  /** What another subgraph asked for; it asks again until it hears StaffNotified. @returns how many people were told now */
  request(tenantId: string, request: StaffNotificationRequest): Promise<number> {
    const origin = { actor: systemActor(tenantId), correlationId: `notify-${newId()}` };
    return runUnit(this.deps.unit, tenantScope(tenantId), origin, async (unit) => {
      const told = await this.notify(unit, tenantId, request);
      if (told > 0) {
        unit.audit({
          action: 'notification.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Notification', id: null },
          after: { kind: request.kind, people: told },
        });
      }
      unit.emit(StaffNotified, { dedupeKey: request.dedupeKey });
      return told;
    });
  }

  /** Tells people inside a change of any scope, which leaves its own event in the trail and sees afterwards what it saw before. @returns how many were told */
  notify(unit: UnitOfWork, home: string, request: NotificationRequest): Promise<number> {
    return inHome(unit.tx, home, null, async () => {
      const told = await this.#insert(unit, home, request);
      if (told.length === 0) return 0;
      const locales = await localesOf(unit.tx, told.filter(({ email }) => email).map(({ userId }) => userId));
      for (const { id, userId, address, inApp, email } of told) {
        // Events belong to a tenant: people of the platform read their list.
        if (inApp && tenantOf(home) !== null) unit.emit(NotificationAdded, { notificationId: id }, { streamId: userId });
        if (email) {
          await this.mails.queue(unit, { home, to: address, template: notificationMail, locale: locales.get(userId) ?? 'en', params: request });
        }
      }
      return told.length;
    }, [DELIVER]);
  }

  /** Only who was not told of it before, by the unique key: a request that comes twice at once waits here for the other. */
  async #insert(unit: UnitOfWork, home: string, request: NotificationRequest): Promise<Told[]> {
    const { kind, subjectId, params, dedupeKey } = request;
    const people = await recipientsOf(unit, this.roles, home, request);
    const wanted = await this.#channels(unit, home, kind, people);
    if (wanted.length === 0) return [];
    const created = await db(unit.tx).insertInto('Notification').values(wanted.map(({ id, userId, inApp }) => ({
      tenantId: home, id, userId, kind, subjectId, params: JSON.stringify(params) as never, dedupeKey, inApp, createdAt: unit.now, readAt: null,
    }))).onConflict((conflict) => conflict.columns(['tenantId', 'userId', 'dedupeKey']).doNothing()).returning('id').execute();
    const ids = new Set(created.map(({ id }) => id));
    return wanted.filter(({ id }) => ids.has(id));
  }

  async #channels(unit: UnitOfWork, home: string, kind: NotificationKind, people: readonly Recipient[]): Promise<Told[]> {
    if (people.length === 0) return [];
    const chosen = await db(unit.tx).selectFrom('NotificationPreference').select(['userId', 'inApp', 'email'])
      .where('tenantId', '=', home).where('kind', '=', kind).where('userId', 'in', people.map(({ userId }) => userId)).execute();
    const byUser = new Map(chosen.map((one) => [one.userId, one]));
    return people.map((one) => ({ id: newId(), ...one, ...channelsOf(kind, byUser.get(one.userId)) })).filter(({ inApp, email }) => inApp || email);
  }
}
