// What a program of the tenant's own is asked, and what it may answer: JSON of our own, signed as Standard Webhooks has it. It is written down for its authors in `ops/docs/integrations.md`.
import { z } from 'zod';
import { fetchGiven } from '../../kernel/base/given-address.js';
import { newId } from '../../kernel/base/ids.js';
import { standardHeaders } from '../../kernel/crypto/standard-webhooks.js';
import { clean } from '../channel/payload.js';
import { askProvider } from '../channel/provider.ask.js';

const TIMEOUT_MS = 5_000;
const MOST_FIELDS = 30;

const words = (most: number) => z.string().trim().min(1).max(most).transform(clean);
/** Somebody will follow it from a page: no scheme that runs something. */
const link = z.string().max(2_048).refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), { error: 'must be an http or https address' }).transform(clean)
  .nullish().transform((url) => url ?? null);

const card = z.object({
  title: words(200), url: link,
  fields: z.array(z.object({ label: words(100), value: words(1_000), url: link })).max(MOST_FIELDS).default([]),
});
const answer = z.object({ card: card.nullable() });

export type Card = z.infer<typeof card>;

/** Whom it is asked about. Absent parts are not known. */
export interface AskedContact {
  /** As it is in the graph, `cont_…`. */
  id: string;
  name: string | null;
  email: string | null;
  phones: string[];
  identifier: string | null;
}

export interface Asked {
  url: string;
  secrets: readonly [string, ...string[]];
  /** Whether it may be on this machine. */
  toLoopback: boolean;
}

export type Told<Value> = { kind: 'told'; value: Value } | { kind: 'failed'; code: string; message: string };

async function ask({ url, secrets, toLoopback }: Asked, question: object): Promise<Told<unknown>> {
  const body = JSON.stringify(question);
  const known = secrets.flatMap((secret) => [secret, secret.replace(/^whsec_/, '')]);
  const told = await askProvider({
    provider: 'The integration', url, method: 'POST', body, secrets: known,
    headers: { 'content-type': 'application/json', 'user-agent': 'Switchboard', ...standardHeaders(newId(), body, secrets, new Date()) },
  }, (status) => ({ class: 'permanent', code: `http-${status}`, message: `The integration answered HTTP ${status}.` }), { signal: AbortSignal.timeout(TIMEOUT_MS), fetch: fetchGiven(url, toLoopback) });
  // What somebody must mend and what mends itself are alike here: it is asked again, at growing distances.
  return told.kind === 'answer' ? { kind: 'told', value: told.body } : { kind: 'failed', code: told.code, message: told.message };
}

/** Null: it does not know them. */
export async function askForCard(asked: Asked, contact: AskedContact): Promise<Told<Card | null>> {
  const told = await ask(asked, { type: 'contact.card', contact });
  if (told.kind === 'failed') return told;
  const read = answer.safeParse(told.value);
  if (read.success) return { kind: 'told', value: read.data.card };
  const [issue] = read.error.issues;
  return { kind: 'failed', code: 'not-as-agreed', message: clean(`The integration's answer is not as agreed: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? ''}`).slice(0, 500) };
}

/** Whether it is there and takes our signature: any JSON object will do. */
export const ping = (asked: Asked): Promise<Told<unknown>> => ask(asked, { type: 'ping' });
