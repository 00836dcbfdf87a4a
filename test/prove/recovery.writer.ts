// One who writes: rows of its own that it adds, changes and deletes, and money that it moves in transactions of four statements.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { History } from './recovery.history.js';

export interface WriterOptions {
  url: string;
  /** Which of so many: no two have a row or an account in common. */
  number: number;
  writers: number;
  history: History;
  goesOn: () => boolean;
}

/** Between two changes: a load, and not all that the machine can. */
const PAUSE_MS = 3;
const RECENT = 200;

export async function writeUntil({ url, number, writers, history, goesOn }: WriterOptions): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const mine: number[] = [];
  for (let turn = 1; goesOn(); turn += 1) {
    const id = turn * writers + number;
    const [known] = turn % 4 === 0 ? mine.splice((turn * 7) % Math.max(1, mine.length), 1) : [];
    const [at, text] = known === undefined ? [id, `${turn} ${'new '.repeat(60)}`] : [known, turn % 8 === 0 ? null : `${turn} ${'changed '.repeat(30)}`];
    const change = history.begin(at, text);
    const done = await answered(client, text === null ? `delete from public.ledger where id = ${at}`
      : `insert into public.ledger values (${at}, '${text}') on conflict (id) do update set text = excluded.text`);
    if (!done) break;
    history.acknowledge(change);
    if (text !== null) mine.push(at);
    if (mine.length > RECENT) mine.shift();
    if (turn % 5 === 0 && !await answered(client, transfer(number * 2, number * 2 + 1, turn % 97))) break;
    await sleep(PAUSE_MS);
  }
  await client.end().catch(() => undefined);
}

const transfer = (payer: number, payee: number, amount: number): string => `begin; update public.account set balance = balance - ${amount} where id = ${payer};
  update public.account set balance = balance + ${amount} where id = ${payee}; insert into public.transfer (payer, payee, amount) values (${payer}, ${payee}, ${amount}); commit`;

const answered = (client: Client, text: string): Promise<boolean> => client.query(text).then(() => true, () => false);
