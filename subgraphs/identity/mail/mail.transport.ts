// How a mail leaves: handed to an SMTP server, or written to a file where none is configured.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopback, type Config } from '../../kernel/base/config.js';
import type { Logger } from '../../kernel/base/logger.js';
import type { MailContent } from './mail.service.js';

export interface OutgoingMail extends MailContent {
  /** Stable over attempts: becomes the Message-ID, by which a reader's server drops a repetition. */
  id: string;
  createdAt: Date;
}

export type MailOutcome =
  | { kind: 'sent' }
  /** `again`: the server or the way to it is at fault; `permanent`: this mail is. */
  | { kind: 'again' | 'permanent'; failure: string };

export interface MailTransport {
  send(mail: OutgoingMail): Promise<MailOutcome>;
}

type TransportConfig = Pick<Config, 'smtpUrl' | 'mailFrom' | 'dataDir'>;

export const mailTransport = ({ smtpUrl, mailFrom, dataDir }: TransportConfig, logger: Logger): MailTransport =>
  (smtpUrl === undefined ? new FileTransport(join(dataDir, 'mail'), mailFrom, logger) : new SmtpTransport(smtpUrl, mailFrom));

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

function messageOf({ id, to, sender, subject, text, html, createdAt }: OutgoingMail, from: string) {
  const domain = /@([^<>@\s]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    // The address stays the platform's, for which its server may speak (SPF, DKIM).
    from: sender === undefined ? from : { name: sender, address: /<([^<>]+)>$/.exec(from)?.[1] ?? from }, to: { name: '', address: to }, subject, text, html, date: createdAt, messageId: `<${id}@${domain}>`,
    // RFC 3834: no holiday replies.
    headers: { 'Auto-Submitted': 'auto-generated' }, disableFileAccess: true, disableUrlAccess: true,
  };
}

/** nodemailer is loaded when the first mail leaves: most processes send none. */
const nodemailer = async () => import('nodemailer');

export class SmtpTransport implements MailTransport {
  constructor(private readonly url: string, private readonly from: string) {}

  async send(mail: OutgoingMail): Promise<MailOutcome> {
    const { createTransport } = await nodemailer();
    const { protocol, hostname, port, username, password } = new URL(this.url);
    const secure = protocol === 'smtps:';
    const here = isLoopback(hostname);
    const transport = createTransport({
      host: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : secure ? 465 : 587, secure, requireTLS: !secure && !here, ignoreTLS: !secure && here,
      ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
      connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SILENCE_MS,
    });
    try {
      await transport.sendMail(messageOf(mail, this.from));
      return { kind: 'sent' };
    } catch (error) {
      return classified(error as SmtpError);
    } finally {
      transport.close();
    }
  }
}

interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** 5xx to the recipient or the content is about this mail; before that (login, sender, greeting) an operator can mend it. */
function classified({ code, command, responseCode }: SmtpError): MailOutcome {
  const failure = responseCode === undefined ? code ?? 'UNKNOWN' : String(responseCode);
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  return { kind: aboutThisMail && responseCode !== undefined && responseCode >= 500 ? 'permanent' : 'again', failure };
}

export class FileTransport implements MailTransport {
  constructor(private readonly folder: string, private readonly from: string, private readonly logger: Logger) {}

  async send(mail: OutgoingMail): Promise<MailOutcome> {
    const { createTransport } = await nodemailer();
    const file = join(this.folder, `${mail.createdAt.toISOString().replaceAll(':', '-')}-${mail.id}.eml`);
    try {
      const { message } = await createTransport({ streamTransport: true, buffer: true, newline: 'windows' }).sendMail(messageOf(mail, this.from));
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      // A reader never sees half a mail.
      await writeFile(`${file}.part`, message, { mode: 0o600 });
      await rename(`${file}.part`, file);
    } catch (error) {
      return { kind: 'again', failure: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' };
    }
    this.logger.info({ file }, 'SMTP_URL is not set: a mail was written to a file');
    return { kind: 'sent' };
  }
}
