// Notifications: what staff are told of, where they want it, and their inbox.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, person } from '../../kernel/graphql/rules.js';
import { notifyJob } from '../jobs.js';
import { notification } from '../migrations/20261125-42-notification.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Notification, NotificationPreference } from './notification.entity.js';
import { NotificationAdded, StaffNotified, staffNotificationRequest } from './notification.events.js';
import { NotificationAddedResolver, NotificationFeedResolver, NotificationResolver, ViewerNotificationsResolver } from './notification.resolver.js';
import { NotificationAddedEvent, NotificationFeedGap, NotificationNotFound } from './notification.type.js';

export const notificationSlice: Slice = {
  resolvers: [ViewerNotificationsResolver, NotificationResolver, NotificationAddedResolver, NotificationFeedResolver],
  orphanedTypes: [NotificationNotFound, NotificationAddedEvent, NotificationFeedGap],
  entities: [Notification, NotificationPreference],
  migrations: [notification],
  ids: { Notification: 'ntf' },
  rules: {
    Mutation: each(person, 'notificationMarkRead', 'notificationsMarkAllRead', 'notificationPreferencesUpdate'),
    Subscription: { notificationAdded: person },
    Viewer: each(inherited, 'notifications', 'unreadNotifications', 'notificationPreferences'),
    Notification: each(inherited, 'id', 'kind', 'title', 'text', 'subjectId', 'createdAt', 'readAt'),
    NotificationConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    NotificationEdge: each(inherited, 'node', 'cursor'),
    NotificationPreference: each(inherited, 'kind', 'inApp', 'email', 'mandatory'),
    NotificationMarkReadPayload: each(inherited, 'notifications', 'userErrors'),
    NotificationsMarkAllReadPayload: each(inherited, 'marked', 'userErrors'),
    NotificationPreferencesUpdatePayload: each(inherited, 'preferences', 'userErrors'),
    NotificationNotFound: each(inherited, ...USER_ERROR_FIELDS),
    NotificationAdded: each(inherited, 'cursor', 'notification'),
    NotificationFeedGap: each(inherited, 'cursor', 'reason'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
  },
  mutations: {
    notificationMarkRead: { action: 'notification.mark_read', type: 'DATA_WRITE', resource: 'Notification' },
    notificationsMarkAllRead: { action: 'notification.mark_all_read', type: 'DATA_WRITE', resource: 'Notification' },
    notificationPreferencesUpdate: { action: 'notification.preferences', type: 'DATA_WRITE', resource: 'User' },
  },
  events: [NotificationAdded, StaffNotified],
  jobs: [notifyJob],
  reactions: [{
    from: 'conversations', event: 'StaffNotificationRequested', version: 1, job: notifyJob,
    payload: (tenantId, event) => ({ tenantId, request: staffNotificationRequest.parse(event) }),
  }, {
    from: 'tenancy', event: 'UsageAlertRaised', version: 1, job: notifyJob,
    payload: (tenantId, event) => ({ tenantId, request: staffNotificationRequest.parse(event) }),
  }, {
    from: 'compliance', event: 'SecurityAlertRaised', version: 1, job: notifyJob,
    payload: (tenantId, event) => ({ tenantId, request: staffNotificationRequest.parse(event) }),
  }],
  classes: {
    Notification: { kind: 'plain', people: 'plain', read: 'plain' },
    User: { preferences: 'plain', kind: 'plain', inApp: 'plain' },
  },
};
