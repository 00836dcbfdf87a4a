// Bots: made and assigned here. What they do is conversations' business.
import { can, each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceInboxBotJob, confirmInboxBotJob } from '../jobs.js';
import { inboxBot } from '../migrations/20261201-31-inbox-bot.js';
import { InboxBotChanged } from './bot.announcement.js';
import { Bot, BotInbox } from './bot.entity.js';
import { botById } from './bot.loaders.js';
import { BotResolver } from './bot.resolver.js';
import { BotNotFound, InboxHasBot } from './bot.type.js';

const MUTATIONS = ['botCreate', 'botUpdate', 'botEnable', 'botDisable', 'botAssign', 'botDelete'];
const USER_ERROR = ['message', 'code', 'field'];
const audited = (verb: string, type: 'DATA_WRITE' | 'DATA_DELETE' = 'DATA_WRITE') => ({ action: `bot.${verb}`, type, resource: 'Bot' });

/** Of conversations' answer, what is read here. */
const inboxBotNoted = z.object({ inboxId: z.uuid(), revision: z.number().int() });

export const botSlice: Slice = {
  resolvers: [BotResolver],
  orphanedTypes: [BotNotFound, InboxHasBot],
  entities: [Bot, BotInbox],
  migrations: [inboxBot],
  events: [InboxBotChanged],
  jobs: [announceInboxBotJob, confirmInboxBotJob],
  reactions: [{ from: 'conversations', event: 'InboxBotNoted', version: 1, job: confirmInboxBotJob, payload: (tenantId, event) => ({ tenantId, ...inboxBotNoted.parse(event) }) }],
  ids: { Bot: 'bot' },
  permissions: {
    'bot:read': 'See the bots of the tenant and what they serve.',
    'bot:update': 'Make, change, switch, assign and remove bots.',
  },
  rules: {
    Query: each(can('bot:read'), 'bots', 'bot'),
    Mutation: each(can('bot:update'), ...MUTATIONS),
    Bot: each(inherited, 'id', 'name', 'description', 'enabled', 'createdAt', 'inboxes'),
    BotConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    BotEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    ...Object.fromEntries(['Create', 'Update', 'Enable', 'Disable', 'Assign'].map((verb) => [`Bot${verb}Payload`, each(inherited, 'bot', 'userErrors')])),
    BotDeletePayload: each(inherited, 'botId', 'userErrors'),
    BotNotFound: each(inherited, ...USER_ERROR),
    InboxHasBot: each(inherited, ...USER_ERROR, 'inboxIds'),
  },
  mutations: {
    botCreate: audited('create'), botUpdate: audited('update'), botEnable: audited('enable'), botDisable: audited('disable'), botAssign: audited('assign'),
    botDelete: audited('delete', 'DATA_DELETE'),
  },
  classes: { Bot: { name: 'plain', description: 'plain', enabled: 'plain', inboxes: 'plain' } },
  references: { Bot: { rule: signedIn, resolve: (context, id) => context.load(botById, id) } },
};
