// The whole product on its own database, with demo data and a stand-in of Meta's Graph API: what `npm start` composes, for tests.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { migrationSets } from '../../ops/composition.js';
import { DEMO_CONTACT, DEMO_INBOX, DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { startPlatform, type PlatformOptions } from '../../ops/platform.js';
import { startMetaGraphStandIn, type MetaGraphStandIn } from '../../ops/standins/meta-graph.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import type { Gateway } from '../../gateway/server.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { readConfig, type Config } from '../../subgraphs/kernel/base/config.js';
import { silentLogger, type Logger } from '../../subgraphs/kernel/base/logger.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TEST_MASTER_KEY } from './subgraph.js';

export interface BootOptions {
  config?: Partial<Config>;
  logger?: Logger;
  /** Default true. */
  demo?: boolean;
  playground?: PlatformOptions['playground'];
  /** One that the test turns. */
  clock?: Clock;
}

export interface GraphAnswer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export interface TestPlatform {
  /** `http://host:port`, without a path. */
  url: string;
  /** `ws://host:port/graphql` */
  wsUrl: string;
  gateway: Gateway;
  database: TestDatabase;
  standIn: MetaGraphStandIn;
  /** One operation over HTTP, as an outside client sends it. */
  ask(query: string, variables?: Record<string, unknown>, accessToken?: string): Promise<GraphAnswer>;
  /** The access token of a demo account. @throws when no session comes back. */
  signIn(email: string): Promise<string>;
  /** Delivers a signed WhatsApp text of the demo contact to the demo inbox. */
  deliver(text: string, message?: { from?: string; name?: string; id?: string }): Promise<Response>;
  /** What was mailed to `to`, oldest first. */
  mails(to: string): Promise<ParsedMail[]>;
  stop(): Promise<void>;
}

async function mailsIn(folder: string, to: string): Promise<ParsedMail[]> {
  // The folder is made for the first mail.
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error)));
  const mails = await Promise.all(files.filter((file) => file.endsWith('.eml')).sort().map(async (file) => simpleParser(await readFile(join(folder, file)))));
  return mails.filter((mail) => !Array.isArray(mail.to) && mail.to?.value[0]?.address === to);
}

export async function bootPlatform(options: BootOptions = {}): Promise<TestPlatform> {
  const database = await createTestDatabase(migrationSets());
  const standIn = await startMetaGraphStandIn();
  const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-platform-'));
  const config = { ...readConfig({ PORT: '0', LOG_LEVEL: 'silent', NODE_ENV: 'test' }), metaGraphUrl: standIn.url, dataDir, ...options.config };
  const { demo = true, logger = silentLogger, playground, clock } = options;
  const { gateway, stop } = await startPlatform({
    config, adminUrl: database.adminUrl, masterKey: environmentMasterKey(TEST_MASTER_KEY), logger, log: () => undefined, demo, playground, ...(clock ? { clock } : {}),
  }).catch(async (error: unknown) => {
    await standIn.close();
    await database.drop();
    await rm(dataDir, { recursive: true });
    throw error;
  });
  const { url, wsUrl } = gateway;

  const ask: TestPlatform['ask'] = async (query, variables = {}, accessToken) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST', body: JSON.stringify({ query, variables }),
      headers: { 'content-type': 'application/json', ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}) },
    });
    return await response.json() as GraphAnswer;
  };
  return {
    url, wsUrl, gateway, database, standIn, ask,
    signIn: async (email) => {
      const answer = await ask(readSchemaFile('operations/login.graphql'), { input: { email, password: DEMO_PASSWORD } });
      const session = (answer.data?.['login'] as { session: { accessToken: string } | null } | null)?.session;
      if (!session) throw new Error(`No session for ${email}: ${JSON.stringify(answer)}`);
      return session.accessToken;
    },
    deliver: (text, { from = DEMO_CONTACT.whatsappId, name = DEMO_CONTACT.name, id = `wamid.${randomUUID()}` } = {}) => {
      const body = whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from, name, id, text });
      return fetch(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, {
        method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) },
      });
    },
    stop: async () => {
      await stop();
      await standIn.close();
      await database.drop();
      await rm(dataDir, { recursive: true });
    },
    mails: (to) => mailsIn(join(config.dataDir, 'mail'), to),
  };
}
