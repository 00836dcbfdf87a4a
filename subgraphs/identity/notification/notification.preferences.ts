// What a person wants to be told where.
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { enterHome, homeOf, readHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { channelsOf, NOTIFICATION_KINDS, ruleOf, type Channels, type NotificationKind } from './notification.kinds.js';

export interface Preference extends Channels {
  kind: NotificationKind;
  mandatory: boolean;
}

export interface PreferenceInput {
  kind: NotificationKind;
  inApp?: boolean | null;
  email?: boolean | null;
}

type Chosen = Channels & { kind: NotificationKind };

export class NotificationPreferences {
  /** One for each kind; none for an API key. */
  async list(context: OperationContext): Promise<Preference[]> {
    const { actor } = context;
    if (actor.sub === null) return [];
    const chosen = await db(await readHome(context)).selectFrom('NotificationPreference').select(['kind', 'inApp', 'email'])
      .where('tenantId', '=', homeOf(actor)).where('userId', '=', actor.sub).execute();
    return preferencesFrom(chosen);
  }

  /** @returns all of them, as they are now @throws Refusal InputInvalid */
  async update(context: OperationContext, changes: readonly PreferenceInput[]): Promise<Preference[]> {
    check(changes);
    const { actor, userId } = context;
    const home = homeOf(actor);
    return context.mutate(async (unit, audit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
      const stored = () => db(unit.tx).selectFrom('NotificationPreference').select(['kind', 'inApp', 'email'])
        .where('tenantId', '=', home).where('userId', '=', userId).execute();
      const before = preferencesFrom(await stored());
      for (const { kind, inApp, email } of changes) {
        const fallback = ruleOf(kind);
        // What is not named stays as the person had it.
        await db(unit.tx).insertInto('NotificationPreference').values({
          tenantId: home, userId, kind, inApp: inApp ?? fallback.inApp, email: email ?? fallback.email, updatedAt: unit.now,
        }).onConflict((conflict) => conflict.columns(['tenantId', 'userId', 'kind']).doUpdateSet(({ ref }) => ({
          inApp: inApp ?? ref('NotificationPreference.inApp'), email: email ?? ref('NotificationPreference.email'), updatedAt: unit.now,
        }))).execute();
      }
      const after = preferencesFrom(await stored());
      const told = (all: readonly Preference[]) => ({
        preferences: all.filter(({ kind }) => changes.some((one) => one.kind === kind)).map(({ kind, inApp, email }) => ({ kind, inApp, email })),
      });
      audit.draft = { ...audit.draft, resource: { type: 'User', id: userId }, before: told(before), after: told(after) };
      return after;
    });
  }
}

const preferencesFrom = (chosen: readonly Chosen[]): Preference[] => NOTIFICATION_KINDS.map((kind) => ({
  kind, mandatory: ruleOf(kind).mandatory, ...channelsOf(kind, chosen.find((one) => one.kind === kind)),
}));

function check(changes: readonly PreferenceInput[]): void {
  const path = ['input', 'preferences'];
  if (changes.length === 0) throw invalidInput('Name at least one kind.', path);
  for (const [index, { kind, ...channels }] of changes.entries()) {
    const here = [...path, String(index)];
    if (changes.findIndex((one) => one.kind === kind) !== index) throw invalidInput(`${kind} is named twice.`, [...here, 'kind']);
    for (const channel of ['inApp', 'email'] as const) {
      if (ruleOf(kind).mandatory && channels[channel] === false) throw invalidInput(`${kind} is a notice of security and cannot be switched off.`, [...here, channel]);
    }
  }
}
