// What a newcomer reads once everything runs: addresses, accounts, a webhook to paste, queries to try.
import { readdirSync } from 'node:fs';
import type { Gateway } from '../../gateway/server.js';
import { schemaPath } from '../../subgraphs/kernel/base/schema-files.js';
import { DEMO_CONTACT, DEMO_INBOX, DEMO_PASSWORD, demoIdentityFacts } from '../demo/demo.facts.js';
import { signMetaBody, whatsappTextDelivery } from '../standins/sign-webhook.js';

export interface WelcomeFacts {
  gateway: Gateway;
  demo: boolean;
  standInUrl: string | undefined;
  twilioUrl: string | undefined;
  stripeUrl: string | undefined;
  seconds: string;
}

/** A shell-quoted word. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function webhookCurl(url: string): string {
  const body = whatsappTextDelivery({
    phoneNumberId: DEMO_INBOX.phoneNumberId, from: DEMO_CONTACT.whatsappId, name: DEMO_CONTACT.name, id: `wamid.demo-${Date.now()}`,
    text: 'Hello, is there a table for two tonight?',
  });
  return `curl -i ${url}/webhooks/whatsapp/${DEMO_INBOX.key} -H 'content-type: application/json' -H ${quoted(`x-hub-signature-256: ${signMetaBody(body, DEMO_INBOX.appSecret)}`)} --data-binary ${quoted(body)}`;
}

export function welcome({ gateway, demo, standInUrl, twilioUrl, stripeUrl, seconds }: WelcomeFacts): string[] {
  const { url, wsUrl } = gateway;
  const people = [...demoIdentityFacts.tenants.flatMap((tenant) => tenant.people), ...demoIdentityFacts.platform];
  const operations = readdirSync(schemaPath('operations')).filter((file) => file.endsWith('.graphql'));
  return [
    '',
    `ready ${url}/graphql`,
    `  in ${seconds} s`,
    `  playground  ${url}/playground`,
    `  websocket   ${wsUrl} (graphql-transport-ws)`,
    `  health      ${url}/api/health`,
    ...(standInUrl ? [`  Meta's Graph API stand-in  ${standInUrl} (what it received: ${standInUrl}/_sent)`] : []),
    ...(stripeUrl ? [`  Stripe stand-in            ${stripeUrl} (what it received: ${stripeUrl}/_sent)`] : []),
    ...(twilioUrl ? [`  Twilio stand-in            ${twilioUrl} (what it received: ${twilioUrl}/_sent)`] : []),
    ...(demo ? [
      '',
      `Demo accounts, password ${DEMO_PASSWORD}:`,
      ...people.map(({ email, role }) => `  ${email.padEnd(20)} ${role}`),
      '',
      'A signed WhatsApp message to paste:',
      `  ${webhookCurl(url)}`,
      '',
      'Sign in:',
      `  curl ${url}/graphql -H 'content-type: application/json' -d ${quoted(JSON.stringify({
        query: 'mutation { login(input: { email: "agent@demo.test", password: "switchboard-demo-only" }) { session { accessToken } userErrors { message } } }',
      }))}`,
    ] : []),
    '',
    `Example operations (schema/operations, loaded in the playground): ${operations.join(', ')}`,
    '',
  ];
}
