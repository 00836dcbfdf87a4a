// What the playground opens with: variables that work on the demo data, or blanks to fill in, and the demo accounts.
import type { PlaygroundContent } from '../gateway/playground/playground.page.js';
import { encodeId } from '../subgraphs/kernel/base/ids.js';
import { DEMO_PASSWORD, demoConversationsFacts, demoIdentityFacts } from './demo/demo.facts.js';

const credentials = (email: string, password: string) => ({ input: { email, password } });
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

const CONVERSATION = '// The id of a conversation, from ConversationList.';

/** `demo`: the demo tenants exist, and the page may carry their published password. */
export function playgroundContent(demo: boolean): PlaygroundContent {
  const people = [...demoIdentityFacts.tenants.flatMap((tenant) => tenant.people), ...demoIdentityFacts.platform];
  const { id } = demoConversationsFacts.inbox;
  const inboxId = demo && id ? encodeId('inb', id) : '';
  return {
    signIn: 'Login', refresh: 'SessionRefresh',
    accounts: demo ? people.map(({ email }) => ({ label: email, variables: credentials(email, DEMO_PASSWORD) })) : [],
    variables: {
      Login: pretty(demo ? credentials('agent@demo.test', DEMO_PASSWORD) : credentials('', '')),
      Viewer: '',
      ConversationList: pretty({ first: 10 }),
      MessageFeed: `// Either an inbox or one conversation.\n${pretty({ inboxId })}`,
      MessageSend: `${CONVERSATION}\n// A new key for each message: the same key and text again is the same message.\n${
        pretty({ input: { conversationId: '', text: 'Yes, a table for two at eight.', idempotencyKey: 'playground-1' } })}`,
      MessageStatus: `// The id of a message, from MessageSend or MessageFeed.\n${pretty({ id: '' })}`,
      AuditTrail: pretty({ first: 10 }),
      SessionRefresh: `// From Login. It works once.\n${pretty({ input: { refreshToken: '' } })}`,
    },
  };
}
