// The routes of the chat in a tenant's own pages.
import type { RouteDefinition } from '../../kernel/graphql/subgraph.js';
import { MOST_BROUGHT } from './web-chat.files.js';

const BASE = '/webhooks/web-chat/:inboxKey';

export const webChatRoutes: RouteDefinition[] = [
  { name: 'webChatPreflight', method: 'OPTIONS', path: `${BASE}/:call`, auth: 'public', maxBytes: 0, timeoutMs: 10_000 },
  { name: 'webChatSession', method: 'POST', path: `${BASE}/session`, auth: 'public', maxBytes: 16 * 1024, timeoutMs: 10_000 },
  { name: 'webChatSend', method: 'POST', path: `${BASE}/messages`, auth: 'signature', maxBytes: 256 * 1024, timeoutMs: 10_000 },
  { name: 'webChatFile', method: 'POST', path: `${BASE}/files`, auth: 'signature', maxBytes: MOST_BROUGHT, timeoutMs: 60_000, streamMs: 300_000 },
  { name: 'webChatTyping', method: 'POST', path: `${BASE}/typing`, auth: 'signature', maxBytes: 1024, timeoutMs: 10_000 },
  { name: 'webChatRead', method: 'GET', path: `${BASE}/messages`, auth: 'signature', maxBytes: 0, timeoutMs: 30_000 },
];
