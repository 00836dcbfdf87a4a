#!/usr/bin/env node
// Verifies an export of Switchboard's audit log, alone and offline:  node verify-audit.mjs FILE [--checkpoint NOTE] [--key KEY]
// It needs this file and Node 20 or newer. What it checks, and the format, is written down in ops/docs/audit.md.
// Exit code 0: all is as it was sealed. 1: the first thing that is not, named. 2: it could not be asked.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { TextDecoder, parseArgs } from 'node:util';

class Defect extends Error {}
const defect = (kind, message) => { throw new Defect(`${kind}: ${message}`); };
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);
const hex = (bytes) => bytes.toString('hex');
/** What `work` returns; where it stumbles is something that no export would write. */
const reading = (where, work) => {
  try { return work(); } catch (error) { throw error instanceof Defect ? error : new Defect(`CHANGED: ${where} is not what an export writes.`); }
};

/** RFC 8785: keys in the order of their UTF-16 units; numbers and texts as JavaScript writes them. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** Lines of the text of a signed note (c2sp.org/signed-note) that one of these Ed25519 keys has signed under this name; null: none has. */
function openNote(note, name, keys) {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const signatures = note.slice(text.length + 1).split('\n').filter((line) => line.startsWith(`— ${name} `)).map((line) => Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4));
  const publicKey = (x) => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(x, 'base64').toString('base64url') }, format: 'jwk' });
  return keys.some((key) => signatures.some((signature) => verify(null, Buffer.from(text), publicKey(key), signature))) ? text.split('\n') : null;
}

function openCheckpoint(note, origin, keys) {
  const [name, size, root] = openNote(note, origin, keys) ?? defect('CHECKPOINT', 'no trusted key has signed it.');
  if (name !== origin) defect('CHECKPOINT', `it is of ${name}, not of ${origin}.`);
  return { size: Number(size), root: hex(Buffer.from(root, 'base64')) };
}

/** The given key, or else the first of the file, and whatever a trusted one has endorsed. */
function trustedKeys(listed, given) {
  const trusted = listed.map(({ publicKey }) => publicKey).filter((key, at) => (given ? key === given : listed[at].endorsement === null));
  if (listed.length > 0 && trusted.length === 0) defect('KEY', 'the given key is none of those in the file.');
  for (const { publicKey, endorsement } of listed) {
    const named = endorsement && openNote(endorsement, 'switchboard/audit-keys', trusted)?.[1];
    if (named && Buffer.from(named, 'base64').subarray(1).toString('base64') === publicKey) trusted.push(publicKey);
  }
  return trusted;
}

/** Root that a leaf and its inclusion path lead to (RFC 9162, 2.1.3.2); null: there is no such place, or the path does not fit it. */
function rootAlong(path, leaf, position, size) {
  if (!(Number.isInteger(position) && position >= 0 && position < size)) return null;
  if (!(Array.isArray(path) && path.every((step) => /^[0-9a-f]{64}$/.test(step)))) return null;
  let [at, last, hash] = [position, size - 1, leaf];
  for (const step of path.map((one) => Buffer.from(one, 'hex'))) {
    if (last === 0) return null;
    const fromLeft = at % 2 === 1 || at === last;
    hash = fromLeft ? nodeOf(step, hash) : nodeOf(hash, step);
    while (fromLeft && at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hex(hash) : null;
}

/** Lines without their line feed; in CSV, records: they go on while a quotation is open. */
async function* recordsOf(file) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes) => reading('text that is not UTF-8', () => decoder.decode(bytes, { stream: bytes !== undefined }));
  let [rest, record, csv] = ['', '', null];
  for await (const chunk of createReadStream(file)) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      record += line;
      csv ??= record.startsWith('position,');
      if (csv && record.split('"').length % 2 === 0) { record += '\n'; continue; }
      yield record;
      record = '';
    }
  }
  if (rest + decode() + record !== '') defect('CUT', 'the file ends within a line.');
}

const COLUMNS = 'position,id,occurredAt,action,type,severity,outcome,actorKind,resourceType,correlationId,source,actorId,resourceId,reason,ip,userAgent,before,after,leafHash,proof,salt,entry,details'.split(',');
const cellsOf = (record) => [...`,${record.replace(/\r$/, '')}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain).replace(/^'/, ''));
const shown = (value) => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const recordOf = (cells) => `${cells.map((text) => quoted(/^[=+\-@\t\r']/.test(text) ? `'${text}` : text)).join(',')}\r`;

/** What a record of CSV says; one without a position has its JSON in `entry`. */
function saidInCells(record) {
  const { position, entry, details, salt, leafHash, proof } = Object.fromEntries(cellsOf(record).map((text, at) => [COLUMNS[at], text]));
  if (position === '') return record === recordOf(COLUMNS.map((name) => (name === 'entry' ? entry : ''))) ? JSON.parse(entry) : null;
  return { position: Number(position), entry: JSON.parse(entry), details: JSON.parse(details || 'null'), salt: salt || null, leafHash, proof: proof ? proof.split(' ') : [] };
}

/** Everything has one spelling: a record that is not the one an export would write has been changed, whatever it says. */
function checkForm(record, { position, entry, details, salt, leafHash, proof, entries }, { csv, paths, number }) {
  const end = `{"end":true,"entries":${entries}}`;
  const where = entry ? `line ${number}, position ${position}, ${entry.id}` : `line ${number}`;
  let written = entry ? `{"position":${position},"entry":${canonical(entry)},"details":${canonical(details)},"salt":${JSON.stringify(salt)},"leafHash":"${leafHash}"${paths ? `,"proof":${JSON.stringify(proof)}` : ''}}` : end;
  if (csv) {
    const own = entry ? { position, leafHash, proof: paths ? proof.join(' ') : '', salt, entry: canonical(entry), details: details && canonical(details) } : { entry: end };
    // For people, the other columns repeat what entry and details say.
    const [cells, given] = [COLUMNS.map((name) => shown(name in own ? own[name] : entry?.[name] ?? details?.[name])), cellsOf(record)];
    const column = COLUMNS.find((_name, at) => cells[at] !== given[at]);
    if (column) defect('CHANGED', `${where}: the column ${column}.`);
    written = recordOf(cells);
  }
  if (record !== written) defect('CHANGED', `${where}: it is not in canonical form.`);
}

/** What a file says: its header, its entries, its end. */
async function* statementsOf(file) {
  const form = { csv: false, paths: null, number: 0 };
  for await (const record of recordsOf(file)) {
    form.number += 1;
    if (form.number === 1 && record.startsWith('position,')) {
      form.csv = true;
      if (record !== recordOf(COLUMNS)) defect('CHANGED', 'the names of the columns.');
      continue;
    }
    yield reading(`line ${form.number}`, () => {
      const said = form.csv ? saidInCells(record) : JSON.parse(record);
      if (form.paths !== null) checkForm(record, said, form);
      form.paths ??= said.proofs === 'paths';
      return said;
    });
  }
}

function checkHeader({ tenant, origin, filter, proofs, dropped, checkpoint, keys }) {
  const textOrNull = (value) => value === null || typeof value === 'string';
  const wrong = Object.entries({
    tenant: textOrNull(tenant), filter: filter.constructor === Object, proofs: ['tree', 'paths'].includes(proofs), checkpoint: textOrNull(checkpoint),
    dropped: dropped.every(([start, end], at) => Number.isInteger(start) && Number.isInteger(end) && start < end && start > (dropped[at - 1]?.[1] ?? -1)),
    keys: keys.every(({ publicKey, endorsement }) => /^[A-Za-z0-9+/]{43}=$/.test(publicKey) && textOrNull(endorsement)),
  }).find(([, right]) => !right);
  if (wrong) defect('CHANGED', `the first line: ${wrong[0]} is not what an export writes.`);
  if (origin !== `switchboard/audit/${tenant ?? 'platform'}`) defect('CHANGED', 'the first line: origin and tenant differ.');
}

/** An entry by itself: its leaf hash, its tenant, and the details its salted hash commits to. @returns its leaf */
function checkEntry({ position, entry, details, salt, leafHash }, header) {
  const [leaf, where] = [sha256(Buffer.of(0), canonical(entry)), `position ${position}, ${entry.id}`];
  if (hex(leaf) !== leafHash) defect('CHANGED', `${where}: the entry.`);
  if (entry.tenant !== header.tenant) defect('INSERTED', `${where}: it is of another tenant.`);
  const kept = salt === null ? details === null : /^([0-9a-f]{2})+$/.test(salt) && hex(sha256(Buffer.from(salt, 'hex'), canonical(details))) === entry.details;
  if (!kept) defect('CHANGED', `${where}: the details or their salt.`);
  return leaf;
}

/** The whole log: a chain, whose tree has the signed root. What breaks it is named once the entry after it, or the end, tells what it is. */
function wholeLog({ size, root }, kept) {
  const peaks = []; // the roots of complete subtrees, from the left
  const rootNow = () => hex(peaks.map(({ hash }) => hash).reduceRight((right, left) => nodeOf(left, right)));
  let [count, before, added, broken] = [0, null, null, null];
  const grow = (leaf) => {
    let last = { hash: leaf, size: 1 };
    while (peaks.at(-1)?.size === last.size) last = { hash: nodeOf(peaks.pop().hash, last.hash), size: last.size * 2 };
    peaks.push(last);
  };
  return {
    add({ position, entry }, leaf) {
      if (broken && count === broken.at + 1) {
        const closes = entry.previous === before;
        if (closes && broken.previous === hex(leaf)) defect('SWAPPED', `${broken.id} and ${entry.id}, at position ${broken.at}, have changed places.`);
        if (closes) defect('INSERTED', `position ${broken.at}, ${broken.id}: it was never sealed.`);
        if (broken.position > broken.at) defect('REMOVED', `the entries from position ${broken.at} to ${broken.position - 1}, before ${broken.id}.`);
      } else if (!broken && (entry.previous !== before || position !== count)) {
        if (added?.previous === entry.previous) defect('INSERTED', `position ${count - 1}, ${added.id}: it was never sealed.`);
        broken = { at: count, position, id: entry.id, previous: entry.previous };
      } else if (!broken) {
        grow(leaf);
        [before, added] = [hex(leaf), entry];
        if (count + 1 === kept?.size && rootNow() !== kept.root) defect('CHECKPOINT', `the first ${kept.size} entries are not those of the kept checkpoint.`);
      }
      count += 1;
    },
    end(entries) {
      const gap = broken ? `before ${broken.id}, at position ${broken.at}` : 'at the end';
      if (count < size) defect(broken ? 'REMOVED' : 'CUT', broken ? `${size - count} entries ${gap}.` : `the file ends after ${count} of ${size} entries.`);
      if (count > size) defect('INSERTED', `${count - size} entries ${gap}.`);
      if (broken) defect('CHANGED', `position ${broken.at - 1}, ${added?.id}: it is not the entry that ${broken.id} follows.`);
      if (count > 0 && rootNow() !== root) defect('CHANGED', 'the entries agree with each other, and are not those that were signed: the last one, or many.');
      if (entries !== count) defect('CHANGED', 'the last line.');
      if (kept?.size > size) defect('CUT', `the file covers ${size} entries, and the kept checkpoint ${kept.size}.`);
      return 'nothing is left out';
    },
  };
}

/** Entries that each bring the path to the signed root: all that retention has left, or what a filter found. */
function provenAlone({ size, root }, kept, { filter, dropped }) {
  let [count, before] = [0, -1];
  if (kept && (kept.size !== size || kept.root !== root)) throw new Error('The kept checkpoint is another one, which this file cannot be compared with: ask the API for auditConsistency.');
  const all = Object.keys(filter).length === 0;
  /** The next place of the log that retention, as the header says, has left. */
  const next = () => dropped.reduce((place, [start, end]) => (place === start ? end : place), before + 1);
  const taken = dropped.reduce((sum, [start, end]) => sum + end - start, 0);
  return {
    add({ position, entry, proof }, leaf) {
      if (position <= before) defect(position === before ? 'INSERTED' : 'SWAPPED', `position ${position}, ${entry.id}: it stands after position ${before}.`);
      if (rootAlong(proof, leaf, position, size) !== root) defect('CHANGED', `position ${position}, ${entry.id}: it is not what was sealed there.`);
      if (all && position < next()) defect('CHANGED', `position ${position}, ${entry.id}: the first line says that retention has taken it.`);
      if (all && position > next()) defect('REMOVED', `the entries from position ${next()} to ${position - 1}, before ${entry.id}.`);
      [count, before] = [count + 1, position];
    },
    end(entries) {
      if (all && next() !== size) defect('CUT', `the file ends before position ${next()} of ${size} entries.`);
      if (count !== entries) defect(count < entries ? 'REMOVED' : 'INSERTED', `there were ${entries} entries, and ${count} are there.`);
      if (!all) return `${count} of ${size}; what is left out is not proved`;
      return `retention has taken ${taken} of ${size}, at positions ${dropped.map(([start, end]) => `${start} to ${end - 1}`).join(', ') || 'none'}: so the first line says, which nobody has signed`;
    },
  };
}

async function main() {
  const { positionals: [file], values } = parseArgs({ allowPositionals: true, options: { checkpoint: { type: 'string' }, key: { type: 'string' } } });
  if (!file) throw new Error('Usage: node verify-audit.mjs FILE [--checkpoint NOTE] [--key KEY]');
  const statements = statementsOf(file);
  const { value: header } = await statements.next();
  if (header?.format !== 'switchboard-audit-export/1') throw new Error(`${file} is no export of an audit log in a format this verifier knows.`);
  // The 32 bytes of a key in base64, or a verifier key (c2sp.org/signed-note), which ends with them.
  const given = values.key && Buffer.from(values.key.slice(-44), 'base64').subarray(-32).toString('base64');
  const [keys, checkpoint] = reading('the first line', () => {
    checkHeader(header);
    const trusted = trustedKeys(header.keys, given);
    return [trusted, header.checkpoint === null ? { size: 0, root: null } : openCheckpoint(header.checkpoint, header.origin, trusted)];
  });
  const kept = values.checkpoint && openCheckpoint(readFileSync(values.checkpoint, 'utf8'), header.origin, keys);
  const log = (header.proofs === 'tree' ? wholeLog : provenAlone)(checkpoint, kept, header);
  let [entries, erased, last] = [0, 0, null];
  for await (const said of statements) {
    if (last) defect('INSERTED', 'something stands after the end.');
    if (!said.entry) { last = said; continue; }
    log.add(said, checkEntry(said, header));
    entries += 1;
    if (said.salt === null) erased += 1;
    if (entries % 100_000 === 0) process.stderr.write(`${entries} entries\n`);
  }
  const extent = log.end((last ?? defect('CUT', `the file ends after ${entries} entries.`)).entries);
  process.stdout.write(`OK: ${entries} entries of ${header.origin}, ${erased} of them without details (erased), under the checkpoint of ${checkpoint.size} entries: ${extent}.\n`);
  if (!values.key) process.stderr.write('The file itself named the key: compare it with the one you know, or pass that as --key.\n');
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Defect ? error.message : `Not verified: ${error.message}`}\n`);
  process.exitCode = error instanceof Defect ? 1 : 2;
});
