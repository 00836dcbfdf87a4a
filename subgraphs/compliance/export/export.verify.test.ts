// The verifier as a third party runs it, over exports of every kind: right ones pass, and each way of tampering is found and named.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { projectRoot } from '../../kernel/base/schema-files.js';
import { person } from '../../../test/kit/subgraph.js';
import { canonicalJson, detailsHash, leafHash } from '../log/entry.js';
import { LogWorld } from '../log/log.fixture.js';
import { checkpointText, signNote, verifierKey } from '../log/note.js';
import { originOf } from '../log/stream.js';
import { exported } from './export.fixture.js';

const VERIFIER = join(projectRoot, 'ops/verify-audit.mjs');
const source = readFileSync(VERIFIER, 'utf8');
const tenant = newId();
const ann = person(tenant, ['audit:export', 'audit:read']);
const small = newId();
const old = newId();
/** Entries of the whole log. */
let SIZE = 0;

let world: LogWorld;
let folder: string;
let early: string;
let whole: string;
let part: string;
let csv: string;
let partCsv: string;
/** Of a log of four entries, with a path for each. */
let four: string;
let fourCsv: string;
/** All that retention has left of a log. */
let left: string;
/** A checkpoint of the same size, signed by the same key, over other entries. */
let otherKept: string;
/** Checkpoints that somebody has kept. */
const kept = { small: '', middle: '', large: '' };

interface Verdict { code: number; said: string }
let runs = 0;

/** Runs a verifier in a thread of its own: the same program as its own process would run, without the start of one or what tests preload. */
async function verify(content: string | Buffer, args: string[] = [], program = source): Promise<Verdict> {
  const [file, script] = [join(folder, `${runs += 1}.export`), join(folder, `${runs}.mjs`)];
  writeFileSync(file, content);
  writeFileSync(script, program);
  const thread = new Worker(script, { argv: [file, ...args], execArgv: [], stdout: true, stderr: true });
  const [[code], ...said] = await Promise.all([once(thread, 'exit') as Promise<[number]>, text(thread.stdout), text(thread.stderr)]);
  return { code, said: said.join('').trim() };
}
const keep = (note: string): string => {
  const file = join(folder, `${runs += 1}.note`);
  writeFileSync(file, note);
  return file;
};
const checkpoint = async (): Promise<string> =>
  ((await world.subgraph.ask('{ auditCheckpoint { note } }', {}, ann)).data?.['auditCheckpoint'] as { note: string }).note;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-verify-'));
  world = await LogWorld.open({ config: { dataDir: folder } });
  await world.seal(tenant, 30, new Date('2026-11-03T10:00:00Z'));
  await world.door.signCheckpoints(world.system);
  kept.small = await checkpoint();
  otherKept = signNote(checkpointText({ origin: originOf(tenant), size: 30, root: Buffer.alloc(32) }), originOf(tenant), await world.subgraph.running.services.logKeys.signer());
  early = await exported(world, ann);
  await world.seal(tenant, 2);
  await world.door.signCheckpoints(world.system);
  kept.middle = await checkpoint();
  await world.subgraph.running.services.logKeys.rotate();
  await world.seal(tenant, 39, new Date('2026-11-04T10:00:00Z'), { after: { formula: '=1+1', quote: 'a "b", c', 'ключ': ['é', 1e21, null] }, reason: '-1, or\r\nso' });
  const [erased] = await world.seal(tenant, 1);
  await world.rows('select compliance.erase_audit_details($1, $2)', [tenant, erased]);
  whole = await exported(world, ann);
  kept.large = await checkpoint();
  SIZE = (JSON.parse(linesOf(whole).at(-1)!) as { entries: number }).entries;
  csv = await exported(world, ann, { format: 'CSV', filter: { to: '2999-01-01T00:00:00Z' } });
  const filter = { action: 'order.*' };
  part = await exported(world, ann, { filter });
  partCsv = await exported(world, ann, { filter, format: 'CSV' });
  await world.seal(small, 4, new Date('2026-11-03T10:00:00Z'), { reason: 'two\nlines' });
  four = await exported(world, person(small, ['audit:export']), { filter });
  await world.seal(old, 5, new Date('2020-03-05T00:00:00Z'));
  await world.seal(old, 3);
  await world.system.query('select compliance.ensure_audit_partitions()');
  await world.door.signCheckpoints(world.system);
  // As if it had been sealed when it happened: retention counts from both.
  await world.rows(`update compliance.audit_event set sealed_at = occurred_at where occurred_at < now() - interval '5 years'`);
  await world.system.query(`select compliance.cleanup_old_audit_logs('5 years')`);
  left = await exported(world, person(old, ['audit:export']));
  fourCsv = await exported(world, person(small, ['audit:export']), { filter, format: 'CSV' });
}, 60_000);
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

interface Line { position: number; entry: Record<string, unknown>; details: Record<string, unknown> | null; salt: string | null; leafHash: string; proof?: string[] }
const linesOf = (content: string): string[] => content.trimEnd().split('\n');
const join1 = (lines: string[]): string => `${lines.join('\n')}\n`;
const written = ({ position, entry, details, salt, leafHash: leaf, proof }: Line): string =>
  `{"position":${position},"entry":${canonicalJson(entry)},"details":${canonicalJson(details)},"salt":${JSON.stringify(salt)},"leafHash":"${leaf}"${proof ? `,"proof":${JSON.stringify(proof)}` : ''}}`;
const edited = (content: string, at: number, edit: (line: Line) => Line | void): string => {
  const lines = linesOf(content);
  const line = JSON.parse(lines[at + 1]!) as Line;
  lines[at + 1] = written(edit(line) ?? line);
  return join1(lines);
};
/** Lines of events put in another order or number, with their places numbered anew and the end as it would be. */
const rearranged = (content: string, change: (lines: Line[]) => Line[]): string => {
  const [header, ...rest] = linesOf(content);
  const lines = change(rest.slice(0, -1).map((line) => JSON.parse(line) as Line));
  return join1([header!, ...lines.map((line, position) => written({ ...line, position })), JSON.stringify({ end: true, entries: lines.length })]);
};
/** A lie that is consistent in itself. */
const forged = (line: Line, changes: Record<string, unknown>): Line => {
  const entry = { ...line.entry, ...changes };
  return { ...line, entry, leafHash: leafHash(canonicalJson(entry)).toString('hex') };
};

describe('what was exported', () => {
  it('passes, whole or in part, in both formats', async () => {
    for (const [content, entries] of [[whole, SIZE], [part, null], [early, 30], [csv, null], [partCsv, null]] as const) {
      const { code, said } = await verify(content);
      expect([code, said]).toEqual([0, expect.stringContaining(`entries of ${originOf(tenant)}, ${content === early ? 0 : 1} of them without details (erased)`)]);
      if (entries !== null) expect(said).toMatch(new RegExp(`^OK: ${entries} entries`));
    }
  });

  it('says how far the proof of completeness goes', async () => {
    expect(await verify(whole)).toMatchObject({ code: 0, said: expect.stringContaining(`under the checkpoint of ${SIZE} entries: nothing is left out.`) });
    const events = linesOf(part).length - 2;
    expect(await verify(part)).toMatchObject({ code: 0, said: expect.stringMatching(new RegExp(`: ${events} of \\d+; what is left out is not proved\\.`)) });
    expect(JSON.parse(linesOf(left)[0]!)).toMatchObject({ filter: {}, proofs: 'paths', dropped: [[0, 5]] });
    expect(await verify(left)).toMatchObject({ code: 0, said: expect.stringContaining(': retention has taken 5 of 9, at positions 0 to 4: so the first line says, which nobody has signed.') });
    expect(await verify(fourCsv)).toMatchObject({ code: 0, said: expect.stringMatching(/^OK: 4 entries .*: 4 of \d+; what/) });
  });

  it('continues the checkpoints that were kept, under the keys that were', async () => {
    const [first, second] = await world.subgraph.running.services.logKeys.list();
    const base64 = (key: { publicKey: Buffer } | undefined): string => key!.publicKey.toString('base64');
    for (const key of [base64(first), base64(second), verifierKey(originOf(tenant), first!.publicKey)]) {
      expect(await verify(whole, ['--key', key, '--checkpoint', keep(kept.large)])).toEqual({ code: 0, said: expect.not.stringContaining('compare') });
    }
    expect(await verify(whole, ['--key', base64(first), '--checkpoint', keep(kept.small)])).toMatchObject({ code: 0 });
    // Whoever knows only the later key has no reason to believe the one before.
    expect(await verify(whole, ['--key', base64(second), '--checkpoint', keep(kept.small)])).toEqual({ code: 1, said: 'CHECKPOINT: no trusted key has signed it.' });
  });

  it('that cannot be judged is not called right or wrong', async () => {
    for (const [content, args] of [['', []], ['{"format":"other"}\n', []], [part, ['--checkpoint', keep(kept.small)]], [whole, ['--checkpoint', '/nowhere']], [whole, ['--other']]] as const) {
      expect(await verify(content, [...args])).toMatchObject({ code: 2, said: expect.stringContaining('Not verified') });
    }
    expect(spawnSync(process.execPath, [VERIFIER], { encoding: 'utf8' })).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') });
  });
});

/** Where the verifier says no: taken out, it must not see what only this place sees. */
const DEFENCE = {
  leaf: `if (hex(leaf) !== leafHash) defect('CHANGED', \`\${where}: the entry.\`);`,
  tenant: `if (entry.tenant !== header.tenant) defect('INSERTED', \`\${where}: it is of another tenant.\`);`,
  details: `if (!kept) defect('CHANGED', \`\${where}: the details or their salt.\`);`,
  chain: `} else if (!broken && (entry.previous !== before || position !== count)) {`,
  root: `if (count > 0 && rootNow() !== root) defect(`,
  fewer: `if (count < size) defect(`,
  more: `if (count > size) defect(`,
  last: `if (entries !== count) defect(`,
  place: `if (!(Number.isInteger(position) && position >= 0 && position < size)) return null;`,
  step: `if (!(Array.isArray(path) && path.every((step) => /^[0-9a-f]{64}$/.test(step)))) return null;`,
  path: `if (rootAlong(proof, leaf, position, size) !== root) defect(`,
  order: `if (position <= before) defect(`,
  gap: `if (all && position > next()) defect(`,
  taken: `if (all && position < next()) defect(`,
  tail: `if (all && next() !== size) defect(`,
  number: `if (count !== entries) defect(`,
  form: `if (record !== written) defect(`,
  column: `if (column) defect(`,
  salt: `/^([0-9a-f]{2})+$/.test(salt) && `,
  signature: `return keys.some((key) => signatures.some(`,
  keptRoot: `if (count + 1 === kept?.size && rootNow() !== kept.root) defect(`,
  keptSize: `if (kept?.size > size) defect(`,
} as const;
type Defence = keyof typeof DEFENCE;

/** The verifier without some of its eyes. */
function blind(defences: readonly Defence[]): string {
  return defences.reduce((program, name) => {
    const text: string = DEFENCE[name];
    expect([name, program.split(text).length]).toEqual([name, 2]);
    if (name === 'signature') return program.replace(text, () => 'return keys.length > 0 || keys.some((key) => signatures.some(');
    if (name === 'salt') return program.replace(text, '');
    return program.replace(text, () => text.replace(/if \((.*)\)( defect\(| return | \{)/s, 'if (false && ($1))$2'));
  }, source);
}

/** These entries of the log of four, said to be at these places. */
const moved = (taken: number[], positions: number[]): string => {
  const [header, ...lines] = linesOf(four);
  return join1([header!, ...taken.map((at, index) => written({ ...JSON.parse(lines[at]!) as Line, position: positions[index]! })), JSON.stringify({ end: true, entries: taken.length })]);
};
/** With the number of entries that are there. */
const lastLine = (lines: string[]): string => join1([...lines.slice(0, -1), JSON.stringify({ end: true, entries: lines.length - 2 })]);

type Case = [string, () => string, RegExp, Defence[], (() => string[])?];
const swap = (lines: Line[]): Line[] => [...lines.slice(0, 20), lines[21]!, lines[20]!, ...lines.slice(22)];
const CASES: Case[] = [
  ['a byte of an entry', () => edited(whole, 12, (line) => { line.entry['action'] = 'order.recorD'; }), /^CHANGED: position 12, aud_\w+: the entry\.$/, ['leaf', 'chain', 'root']],
  ['an entry and its hash', () => edited(whole, 12, (line) => forged(line, { outcome: 'DENIED' })), /^CHANGED: position 12, aud_\w+: it is not the entry that aud_\w+ follows\.$/, ['chain', 'root']],
  ['the last entry and its hash', () => edited(whole, SIZE - 1, (line) => forged(line, { outcome: 'DENIED' })), /^CHANGED: the entries agree with each other, and are not those that were signed/, ['root']],
  ['a byte of the details', () => edited(whole, 12, (line) => { line.details!['ip'] = '192.0.2.1'; }), /^CHANGED: position 12, aud_\w+: the details or their salt\.$/, ['details']],
  ['the salt', () => edited(whole, 12, (line) => { line.salt = '00'.repeat(16); }), /^CHANGED: position 12, aud_\w+: the details or their salt\.$/, ['details']],
  ['details with a hash that fits them', () => edited(whole, 12, (line) => {
    const details = { ...line.details!, reason: 'a lie' };
    return forged({ ...line, details }, { details: detailsHash(Buffer.from(line.salt!, 'hex'), details as never).toString('hex') });
  }), /^CHANGED: position 12, aud_\w+: it is not the entry that/, ['chain', 'root']],
  ['a blank between bytes', () => whole.replace('"details":', '"details": '), /^CHANGED: line 2, position 0, aud_\w+: it is not in canonical form\.$/, ['form']],
  ['the number of entries', () => whole.replace(`"entries":${SIZE}`, '"entries":7'), /^CHANGED: the last line\.$/, ['last']],
  ['an entry left out', () => rearranged(whole, (lines) => lines.toSpliced(20, 1)), /^REMOVED: 1 entries before aud_\w+, at position 20\.$/, ['chain', 'fewer', 'root']],
  ['an entry left out, the others as they were', () => join1(linesOf(whole).toSpliced(21, 3)), /^REMOVED: the entries from position 20 to 22, before aud_\w+\.$/, ['chain', 'fewer', 'root', 'last']],
  ['an entry put in', () => rearranged(whole, (lines) => lines.toSpliced(20, 0, forged(lines[20]!, { action: 'order.never' }))), /^INSERTED: position 20, aud_\w+: it was never sealed\.$/, ['chain', 'more', 'root']],
  ['an entry twice', () => rearranged(whole, (lines) => lines.toSpliced(20, 0, lines[19]!)), /^INSERTED: position (19|20), aud_\w+: it was never sealed\.$/, ['chain', 'more', 'root']],
  ['two entries in each other\'s place', () => rearranged(whole, swap), /^SWAPPED: aud_\w+ and aud_\w+, at position 20, have changed places\.$/, ['chain', 'root']],
  ['the last entries cut off', () => rearranged(whole, (lines) => lines.slice(0, 60)), /^CUT: the file ends after 60 of \d+ entries\.$/, ['fewer', 'root']],
  ['the end cut off', () => whole.slice(0, whole.trimEnd().lastIndexOf('\n') + 1), /^CUT: the file ends after \d+ entries\.$/, []],
  ['half a line', () => whole.slice(0, -20), /^CUT: the file ends within a line\.$/, []],
  ['the signature', () => whole.replace(/(— switchboard\/audit\/tnt_\w+ )[\w+/]{8}/, '$1AAAAAAAA').replace(/(— switchboard\/audit\/tnt_\w+ .{20})../, '$1AA'), /^CHECKPOINT: no trusted key has signed it\.$/, ['signature']],
  ['an entry of another tenant', () => edited(whole, SIZE - 1, (line) => forged(line, { tenant: encodeId('tnt', newId()) })), /^INSERTED: position \d+, aud_\w+: it is of another tenant\.$/, ['tenant', 'root']],
  ['a byte of an entry of a part', () => edited(part, 12, (line) => forged(line, { outcome: 'DENIED' })), /^CHANGED: position 12, aud_\w+: it is not what was sealed there\.$/, ['path']],
  ['an entry left out of a part', () => join1(linesOf(part).toSpliced(21, 1)), /^REMOVED: there were \d+ entries, and \d+ are there\.$/, ['number']],
  ['an entry put into a part', () => rearranged(part, (lines) => [...lines, forged(lines[3]!, { action: 'order.never' })]), /^CHANGED: position \d+, aud_\w+: it is not what was sealed there\.$/, ['path']],
  ['two entries of a part swapped', () => { const lines = linesOf(part); return join1([...lines.slice(0, 8), lines[9]!, lines[8]!, ...lines.slice(10)]); }, /^SWAPPED: position 7, aud_\w+: it stands after position 8\.$/, ['order']],
  ['an entry twice, at a place behind the end', () => moved([0, 1, 2, 3, 0], [0, 1, 2, 3, 4]), /^CHANGED: position 4, aud_\w+: it is not what was sealed there\.$/, ['place']],
  ['an entry twice, at half a place', () => moved([0, 0, 1, 2, 3], [0, 0.5, 1, 2, 3]), /^CHANGED: position 0\.5, aud_\w+: it is not what was sealed there\.$/, ['place']],
  ['the order, with places behind the end', () => moved([2, 3, 0, 1], [2, 3, 4, 5]), /^CHANGED: position 4, aud_\w+: it is not what was sealed there\.$/, ['place']],
  ['a hash of a path in upper case', () => edited(four, 1, (line) => { line.proof![0] = line.proof![0]!.toUpperCase(); }), /^CHANGED: position 1, aud_\w+: it is not what was sealed there\.$/, ['step']],
  ['a hash of a path with a tail', () => edited(four, 1, (line) => { line.proof![0] += 'zz'; }), /^CHANGED: position 1, aud_\w+: it is not what was sealed there\.$/, ['step']],
  ['the salt in upper case', () => edited(whole, 12, (line) => { line.salt = line.salt!.toUpperCase(); }), /^CHANGED: position 12, aud_\w+: the details or their salt\.$/, ['salt']],
  ['the salt with a tail', () => edited(part, 12, (line) => { line.salt += 'zz'; }), /^CHANGED: position 12, aud_\w+: the details or their salt\.$/, ['salt']],
  ['the position in CSV', () => fourCsv.replace('\n1,', '\n01.0,'), /^CHANGED: line 4, position 1, aud_\w+: the column position\.$/, ['column', 'form']],
  ['a blank in the details of CSV', () => fourCsv.replace('"{""actorId""', '"{ ""actorId""'), /^CHANGED: line 3, position 0, aud_\w+: the column details\.$/, ['column', 'form']],
  ['a key twice in the details of CSV', () => fourCsv.replace('"{""actorId""', '"{""reason"":1,""actorId""'), /^CHANGED: line 3, position 0, aud_\w+: the column details\.$/, ['column', 'form']],
  ['quotation marks of CSV', () => fourCsv.replace(',SUCCESS,', ',"SUCCESS",'), /^CHANGED: line 3, position 0, aud_\w+: it is not in canonical form\.$/, ['form']],
  ['a byte behind a quotation of CSV', () => fourCsv.replace('}"\r\n3,', '}" \r\n3,'), /^CHANGED: line 5, position 2, aud_\w+: it is not in canonical form\.$/, ['form']],
  ['a proof where the tree is one', () => whole.replace('"}\n', '","proof":["zz"]}\n'), /^CHANGED: line 2, position 0, aud_\w+: it is not in canonical form\.$/, ['form']],
  ['an entry left out of all that retention has left', () => lastLine(linesOf(left).toSpliced(2, 1)), /^REMOVED: the entries from position 6 to 6, before aud_\w+\.$/, ['gap', 'tail', 'taken']],
  ['the last of all that retention has left', () => lastLine(linesOf(left).toSpliced(4, 1)), /^CUT: the file ends before position 8 of 9 entries\.$/, ['tail']],
  ['an entry that retention is said to have taken', () => left.replace('[[0,5]]', '[[0,6]]'), /^CHANGED: position 5, aud_\w+: the first line says that retention has taken it\.$/, ['taken', 'gap', 'tail']],
  ['the first line, to claim less for retention', () => left.replace('[[0,5]]', '[]'), /^REMOVED: the entries from position 0 to 4, before aud_\w+\.$/, ['gap', 'tail', 'taken']],
  ['a column of CSV', () => partCsv.replace('SUCCESS', 'FAILURE'), /^CHANGED: line 3, position 0, aud_\w+: the column outcome\.$/, ['column', 'form']],
  ['an entry of CSV', () => partCsv.replace('""outcome"":""SUCCESS""', '""outcome"":""FAILURE""'), /^CHANGED: line 3, position 0, aud_\w+: the column outcome\.$/, ['column', 'form', 'leaf', 'path']],
  ['a log that does not continue a kept checkpoint', () => whole, /^CHECKPOINT: the first 30 entries are not those of the kept checkpoint\.$/, ['keptRoot'], () => ['--checkpoint', keep(otherKept)]],
  ['a log cut before a kept checkpoint', () => early, /^CUT: the file covers 30 entries, and the kept checkpoint \d+\.$/, ['keptSize'], () => ['--checkpoint', keep(kept.middle)]],
];

describe('tampering', () => {
  it.each(CASES)('%s: found and named, and not without the check that finds it', async (_what, tamper, named, defences, args = () => []) => {
    const content = tamper();
    const { code, said } = await verify(content, args());
    expect([code, said]).toEqual([1, expect.stringMatching(named)]);
    if (defences.length > 0) expect(await verify(content, args(), blind(defences))).toMatchObject({ code: 0 });
  });
});

describe('what no export would write', () => {
  it.each<[string, () => string]>([
    ...['{}', 'null', '[]', '7', '"x"', '{"entry":null}', '{"entry":"x"}', '{"entry":{}}', '{"end":true}', '{"end":1,"entries":4}', 'not JSON', ''].map((line): [string, () => string] => [
      `the line ${line}`, () => join1(linesOf(four).with(2, line))]),
    ...Object.entries<unknown[]>({
      tenant: [7], origin: [null, {}], filter: [null, 'x', []], proofs: [null, 'none'], dropped: [null, {}, [1], [[5, 3]], [['a', 'b']]], checkpoint: [7, '', {}, 'a\n\n— b'],
      keys: [null, {}, [null], [{}], [{ publicKey: 'AAAA', endorsement: null }], [{ publicKey: 7, endorsement: null }], []],
    }).flatMap(([name, values]) => values.map((value): [string, () => string] => [
      `the member ${name} with ${JSON.stringify(value)}`, () => join1(linesOf(four).with(0, JSON.stringify({ ...JSON.parse(linesOf(four)[0]!) as object, [name]: value })))])),
    ...[null, {}, 'x', [7], [[]]].map((proof): [string, () => string] => [
      `the proof ${JSON.stringify(proof)}`, () => join1(linesOf(four).with(2, linesOf(four)[2]!.replace(/"proof":.*/, `"proof":${JSON.stringify(proof)}}`)))]),
    ...[null, '"0"', {}, -1, 1e21].map((position): [string, () => string] => [
      `the position ${JSON.stringify(position)}`, () => join1(linesOf(four).with(2, linesOf(four)[2]!.replace('"position":1', `"position":${String(position)}`)))]),
    ...[7, {}, ['00']].map((salt): [string, () => string] => [
      `the salt ${JSON.stringify(salt)}`, () => join1(linesOf(whole).with(2, linesOf(whole)[2]!.replace(/"salt":"\w+"/, `"salt":${JSON.stringify(salt)}`)))]),
    ['a record of CSV without cells', () => fourCsv.replace(/\r\n2,.*/, '\r\n')],
    ['other columns of CSV', () => fourCsv.replace('outcome', 'Outcome')],
    ['a cell beside the first line in CSV', () => fourCsv.replace(/\r\n,,/, '\r\n,x,')],
  ])('%s: a named defect', async (_what, tamper) => {
    expect(await verify(tamper())).toEqual({ code: 1, said: expect.stringMatching(/^(CHANGED|SWAPPED|CHECKPOINT): [^\n]+$/) });
  });

  it('bytes that are no text: a named defect', async () => {
    const bytes = Buffer.from(four);
    bytes[bytes.indexOf('order.record')] = 0xff;
    expect(await verify(bytes)).toEqual({ code: 1, said: expect.stringMatching(/^CHANGED: text that is not UTF-8/) });
  });
});
