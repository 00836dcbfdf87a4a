// Mails from queueing to an SMTP server: what arrives, what is tried again, what is given up, and what a crash leaves.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { Pool } from 'pg';
import { SMTPServer } from 'smtp-server';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { systemActor } from '../../kernel/base/actor.js';
import { readConfig } from '../../kernel/base/config.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Envelope } from '../../kernel/crypto/envelope.js';
import { environmentMasterKey } from '../../kernel/crypto/master-key.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { TEST_MASTER_KEY } from '../../../test/kit/subgraph.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { identityDoor } from '../public.js';
import { LEASE_MS, MailDelivery, retryDelay } from './mail.delivery.js';
import { MailService, type NewMail } from './mail.service.js';
import { defineMail, render } from './mail.template.js';
import { FileTransport, SmtpTransport, type MailTransport } from './mail.transport.js';

const GREETING = defineMail<{ name: string; url: string }>({
  kind: 'GREETING',
  en: ({ name, url }) => ({ subject: `Hello ${name}`, lines: ['Good day.', `Yours, ${name}`], action: { label: 'Come in', url } }),
  es: ({ name }) => ({ subject: `Hola ${name}`, lines: ['Buenos días.'] }),
  fr: ({ name }) => ({ subject: `Bonjour ${name}`, lines: ['Bonjour.'] }),
  pt: ({ name }) => ({ subject: `Olá ${name}`, lines: ['Bom dia.'] }),
});

/** A server that answers each mail as scripted, and takes it when nothing is. */
class ScriptedServer {
  readonly received: ParsedMail[] = [];
  readonly answers: { recipient?: number; data?: number }[] = [];
  #server: SMTPServer;
  #now: { recipient?: number; data?: number } = {};

  private constructor() {
    const refusal = (responseCode: number) => Object.assign(new Error('scripted'), { responseCode });
    this.#server = new SMTPServer({
      authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false,
      onRcptTo: (_address, _session, done) => {
        this.#now = this.answers.shift() ?? {};
        done(this.#now.recipient ? refusal(this.#now.recipient) : null);
      },
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          if (this.#now.data) return done(refusal(this.#now.data));
          this.received.push(mail);
          done();
        }, done);
      },
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await new Promise<void>((resolve) => { server.#server.listen(0, '127.0.0.1', resolve); });
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => { this.#server.close(resolve); });
  }
}

const FROM = 'Switchboard <no-reply@switchboard.test>';
let identity: TestIdentity;
let server: ScriptedServer;
let unit: UnitOfWorkDeps;
let mails: MailService;
beforeAll(async () => {
  [identity, server] = await Promise.all([TestIdentity.boot(), ScriptedServer.start()]);
  const { database, definition } = identity.subject.running;
  unit = { schema: 'identity', database, bus: identity.subject.bus, clock: { now: () => identity.now }, ids: definition.ids, classes: definition.classes };
  mails = identity.subject.running.services.mails;
});
afterAll(async () => {
  await server?.close();
  await identity?.close();
});
afterEach(() => { server.received.splice(0); });

const deliveryBy = (transport: MailTransport): MailDelivery => new MailDelivery({
  unit, database: unit.database, envelope: new Envelope('identity', environmentMasterKey(TEST_MASTER_KEY)), clock: unit.clock, logger: silentLogger,
  feed: undefined as never, moments: undefined as never, keyRotation: undefined as never, config: readConfig({ NODE_ENV: 'test' }),
}, transport);
const bySmtp = (): MailDelivery => deliveryBy(new SmtpTransport(server.url, FROM));

type Row = { id: string; tenant_id: string; state: string; sealed: Buffer | null; attempts: number; next_attempt_at: Date; failure: string | null };

/** Queues one in a change of `scope`. @returns its id */
async function queue(changed: Partial<NewMail<{ name: string; url: string }>> = {}, scope = platformScope): Promise<string> {
  await runUnit(unit, scope, { actor: systemActor(scope.tenant), correlationId: 'test' }, (one) => mails.queue(one, {
    home: PLATFORM_TENANT_ID, to: 'ana@mail.test', template: GREETING, locale: 'en-GB', params: { name: 'Ana <b>', url: 'https://app.test/#token=secret-1' }, ...changed,
  }));
  return (await identity.rows<Row>('select id from identity.mail order by id desc limit 1'))[0]?.id ?? '';
}
const standing = async (id: string): Promise<Row | undefined> => (await identity.rows<Row>('select * from identity.mail where id = $1', [id]))[0];

describe('a queued mail', () => {
  it('arrives as text and HTML, and leaves nothing readable behind', async () => {
    const id = await queue();
    const waiting = await standing(id);
    expect(waiting).toMatchObject({ state: 'QUEUED', attempts: 0, tenant_id: PLATFORM_TENANT_ID });
    expect(JSON.stringify(waiting)).not.toMatch(/ana@mail|secret-1/);
    expect(waiting?.sealed?.toString('latin1')).not.toMatch(/ana@mail|secret-1/);
    expect(await bySmtp().deliver(PLATFORM_TENANT_ID, id)).toBe('sent');
    const [mail] = server.received;
    expect(mail).toMatchObject({ subject: 'Hello Ana <b>', messageId: `<${id}@switchboard.test>`, date: identity.now });
    expect(mail?.text?.trim()).toBe('Good day.\n\nCome in: https://app.test/#token=secret-1\n\nYours, Ana <b>');
    expect(mail?.html).toContain('<p><a href="https://app.test/#token=secret-1">Come in</a></p><p>Yours, Ana &lt;b&gt;</p>');
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(await standing(id)).toMatchObject({ state: 'SENT', sealed: null, failure: null });
    expect(await bySmtp().deliver(PLATFORM_TENANT_ID, id)).toBeNull();
    expect(server.received).toHaveLength(1);
  });

  it('speaks the reader\'s language, English where it is none of ours', () => {
    const subject = (locale: string): string => render(GREETING, locale, { name: 'A', url: '' }).subject;
    expect(['es-MX', 'FR', 'pt-BR', 'de', 'en'].map(subject)).toEqual(['Hola A', 'Bonjour A', 'Olá A', 'Hello A', 'Hello A']);
  });

  it('is rolled back with its change, and a discarded one costs the same and is not kept', async () => {
    const count = async (): Promise<number> => (await identity.rows('select 1 from identity.mail')).length;
    const before = await count();
    await expect(runUnit(unit, platformScope, { actor: systemActor(null), correlationId: 'test' }, async (one) => {
      await mails.queue(one, { home: PLATFORM_TENANT_ID, to: 'a@b.test', template: GREETING, locale: 'en', params: { name: '', url: '' } });
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await count()).toBe(before);
    const cost = async (discard: boolean): Promise<number> => {
      const began = unit.database.statements;
      await queue({ discard });
      return unit.database.statements - began;
    };
    expect(await cost(true)).toBe(await cost(false));
    expect(await count()).toBe(before + 1);
  });

  it('of the platform, queued in a tenant\'s change, leaves the tenant in sight', async () => {
    await runUnit(unit, tenantScope(AURORA), { actor: systemActor(AURORA), correlationId: 'test' }, async (one) => {
      await mails.queue(one, { home: PLATFORM_TENANT_ID, to: 'a@b.test', template: GREETING, locale: 'en', params: { name: '', url: '' } });
      // Staged under the tenant's own policy, which refuses any other.
      one.audit({ action: 'test.mail', type: 'API', outcome: 'SUCCESS' });
    });
    expect(await identity.audit('test.mail')).toMatchObject([{ tenant: AURORA }]);
  });
});

describe('a server that does not take it', () => {
  it('4xx: it is tried again, later each time, under the same Message-ID', async () => {
    const id = await queue();
    server.answers.push({ recipient: 451 }, { data: 452 });
    const delivery = bySmtp();
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBe('again');
    expect(await standing(id)).toMatchObject({ state: 'QUEUED', failure: '451', next_attempt_at: new Date(identity.now.getTime() + 30_000) });
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBeNull();
    identity.advance(30_000);
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBe('again');
    expect(await standing(id)).toMatchObject({ state: 'QUEUED', failure: '452', next_attempt_at: new Date(identity.now.getTime() + 120_000) });
    identity.advance(120_000);
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBe('sent');
    expect(server.received.map(({ messageId }) => messageId)).toEqual([`<${id}@switchboard.test>`]);
    expect([1, 2, 3, 4, 5, 9].map(retryDelay)).toEqual([30_000, 120_000, 480_000, 1_800_000, 1_800_000, 1_800_000]);
  });

  it.each([['recipient', 550], ['data', 554]] as const)('5xx to the %s: it is given up, its content wiped, and the trail knows', async (at, code) => {
    const id = await queue({ home: RIVAL }, tenantScope(RIVAL));
    server.answers.push({ [at]: code });
    expect(await bySmtp().deliver(RIVAL, id)).toBe('permanent');
    expect(await standing(id)).toMatchObject({ state: 'FAILED', sealed: null, failure: String(code) });
    expect((await identity.audit('mail.fail')).at(-1)).toMatchObject({ tenant: RIVAL, event: { outcome: 'FAILURE', resource: { type: 'Mail', id }, after: { failure: String(code) } } });
    expect(JSON.stringify(await identity.audit('mail.fail'))).not.toContain('ana@mail');
  });

  it('is away: it waits, until what it says is of no use any more', async () => {
    const id = await queue({ expiresAt: new Date(identity.now.getTime() + 60_000) });
    const delivery = deliveryBy(new SmtpTransport('smtp://127.0.0.1:1', FROM));
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBe('again');
    expect(await standing(id)).toMatchObject({ state: 'QUEUED', failure: expect.stringMatching(/^E/) });
    identity.advance(60_000);
    expect(await delivery.deliver(PLATFORM_TENANT_ID, id)).toBe('permanent');
    expect(await standing(id)).toMatchObject({ state: 'FAILED', failure: 'EXPIRED' });
  });
});

describe('a worker that dies between sending and recording', () => {
  it('leaves it due again after the lease, and it is sent once more under the same Message-ID', async () => {
    const id = await queue();
    const smtp = new SmtpTransport(server.url, FROM);
    const dying = deliveryBy({ send: async (mail) => { await smtp.send(mail); throw new Error('killed'); } });
    await expect(dying.deliver(PLATFORM_TENANT_ID, id)).rejects.toThrow('killed');
    expect(await bySmtp().deliver(PLATFORM_TENANT_ID, id)).toBeNull();
    identity.advance(LEASE_MS);
    expect(await bySmtp().deliver(PLATFORM_TENANT_ID, id)).toBe('sent');
    expect(server.received.map(({ messageId }) => messageId)).toEqual([`<${id}@switchboard.test>`, `<${id}@switchboard.test>`]);
  });

  it('of ten at once, one sends', async () => {
    const id = await queue();
    const delivery = bySmtp();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => delivery.deliver(PLATFORM_TENANT_ID, id)));
    expect(outcomes.filter((one) => one !== null)).toEqual(['sent']);
    expect(server.received).toHaveLength(1);
  });
});

describe('the door', () => {
  it('tells the sweeper of every mail that is due, whatever its home, and of no other', async () => {
    await identity.rows(`update identity.mail set state = 'FAILED', sealed = null, settled_at = now() where state = 'QUEUED'`);
    const due = [{ home: PLATFORM_TENANT_ID, mailId: await queue() }, { home: AURORA, mailId: await queue({ home: AURORA }, tenantScope(AURORA)) }];
    const later = await queue();
    await identity.rows(`update identity.mail set next_attempt_at = now() - interval '1 second' where id = any ($1)`, [due.map(({ mailId }) => mailId)]);
    await identity.rows(`update identity.mail set next_attempt_at = now() + interval '1 minute' where id = $1`, [later]);
    const system = new Pool({ connectionString: identity.subject.database.urls.system, max: 1 });
    try {
      const door = identityDoor(identity.subject.running.services);
      const work = await door.overdue(system);
      expect(work.find(({ job }) => job.name === 'identity.mail')?.payloads).toEqual(due);
      await identity.rows(`update identity.mail set settled_at = now() - interval '31 days' where state = 'SENT'`);
      await door.tidy(system);
      expect(await identity.rows(`select 1 from identity.mail where state = 'SENT'`)).toEqual([]);
      expect((await identity.rows(`select 1 from identity.mail where state = 'FAILED'`)).length).toBeGreaterThan(0);
    } finally {
      await system.end();
    }
  });
});

describe('without a server', () => {
  it('a mail becomes a file that only its account reads, however often it is sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-mail-'));
    const lines: unknown[] = [];
    const logger = { ...silentLogger, info: (...line: unknown[]) => { lines.push(line); } } as typeof silentLogger;
    try {
      const transport = new FileTransport(join(folder, 'mail'), FROM, logger);
      const mail = { id: 'one', createdAt: new Date('2026-11-21T09:00:00.000Z'), to: 'ana@mail.test', subject: 'S', text: 'T secret', html: '<p>T</p>' };
      expect([await transport.send(mail), await transport.send(mail)]).toEqual([{ kind: 'sent' }, { kind: 'sent' }]);
      const files = await readdir(join(folder, 'mail'));
      expect(files).toEqual(['2026-11-21T09-00-00.000Z-one.eml']);
      const file = join(folder, 'mail', files[0] ?? '');
      expect([(await stat(file)).mode & 0o777, (await stat(join(folder, 'mail'))).mode & 0o777]).toEqual([0o600, 0o700]);
      expect((await simpleParser(await readFile(file))).text).toContain('T secret');
      expect(JSON.stringify(lines)).toContain(files[0]);
      expect(JSON.stringify(lines)).not.toMatch(/ana@|secret/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
