#!/usr/bin/env node
// Verifies an export of Switchboard's audit log, alone and offline:  node verify-audit.mjs FILE [--checkpoint NOTE] [--key KEY]
// It needs this file and Node 20 or newer. What it checks, and the format, is written down in ops/docs/audit.md.
// Exit code 0: all is as it was sealed. 1: the first thing that is not, named. 2: it could not be asked.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';

class Defect extends Error {}
const defect = (kind, message) => { throw new Defect(`${kind}: ${message}`); };
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);
const hex = (bytes) => bytes.toString('hex');

/** RFC 8785: keys in the order of their UTF-16 units; numbers and texts as JavaScript writes them. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** Lines of the text of a signed note (c2sp.org/signed-note) that one of these Ed25519 keys has signed under this name; null: none has. */
function openNote(note, name, keys) {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const signatures = note.slice(text.length + 1).split('\n').filter((line) => line.startsWith(`— ${name} `)).map((line) => Buffer.from(line.split(' ')[2], 'base64').subarray(4));
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

/** Root that a leaf and its inclusion path lead to (RFC 9162, 2.1.3.2); null: the path does not fit the place. */
function rootAlong(path, leaf, position, size) {
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
async function* linesOf(file, csv) {
  let [rest, record] = ['', ''];
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      record += line;
      if (csv && record.split('"').length % 2 === 0) { record += '\n'; continue; }
      yield record;
      record = '';
    }
  }
  if (rest + record !== '') defect('CUT', 'the file ends within a line.');
}

const cellsOf = (record) => [...`,${record.replace(/\r$/, '')}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain).replace(/^'/, ''));
const shown = (value) => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** What a file says, line by line, once it is seen to say it in the one way an export would. */
async function* statementsOf(file) {
  const start = Buffer.alloc(9);
  readSync(openSync(file), start);
  const csv = start.toString() === 'position,';
  let [names, number] = [null, 0];
  for await (const line of linesOf(file, csv)) {
    number += 1;
    if (csv && !names) { names = cellsOf(line); continue; }
    try {
      const { position, entry, details, salt, leafHash, proof, ...columns } = csv ? Object.fromEntries(cellsOf(line).map((cell, at) => [names[at], cell])) : {};
      const said = !csv ? JSON.parse(line) : position === '' ? JSON.parse(entry)
        : { position: Number(position), entry: JSON.parse(entry), details: JSON.parse(details || 'null'), salt: salt || null, leafHash, ...(proof && { proof: proof.split(' ') }) };
      if (said.entry) {
        const where = `line ${number}, position ${said.position}, ${said.entry.id}`;
        const written = `{"position":${said.position},"entry":${canonical(said.entry)},"details":${canonical(said.details)},"salt":${JSON.stringify(said.salt)},"leafHash":"${said.leafHash}"${said.proof ? `,"proof":${JSON.stringify(said.proof)}` : ''}}`;
        if (csv ? entry !== canonical(said.entry) : line !== written) defect('CHANGED', `${where}: it is not in canonical form.`);
        // For people, the other columns repeat what entry and details say.
        for (const name in columns) if (columns[name] !== shown(said.entry[name] ?? said.details?.[name])) defect('CHANGED', `${where}: the column ${name}.`);
      }
      yield said;
    } catch (error) {
      throw error instanceof SyntaxError || error instanceof TypeError ? new Defect(`CHANGED: line ${number} is not what an export writes.`) : error;
    }
  }
}

/** An entry by itself: its leaf hash, its tenant, and the details its salted hash commits to. @returns its leaf */
function checkEntry({ position, entry, details, salt, leafHash }, header) {
  const [leaf, where] = [sha256(Buffer.of(0), canonical(entry)), `position ${position}, ${entry.id}`];
  if (hex(leaf) !== leafHash) defect('CHANGED', `${where}: the entry.`);
  if (entry.tenant !== header.tenant) defect('INSERTED', `${where}: it is of another tenant.`);
  const kept = salt === null ? details === null : hex(sha256(Buffer.from(salt, 'hex'), canonical(details))) === entry.details;
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
    },
  };
}

/** A part of the log, where each entry brings the path to the signed root. That one is left out shows by their number alone. */
function partOfLog({ size, root }, kept) {
  let [count, before] = [0, -1];
  if (kept && (kept.size !== size || kept.root !== root)) throw new Error('The kept checkpoint is another one, which this file cannot be compared with: ask the API for auditConsistency.');
  return {
    add({ position, entry, proof = [] }, leaf) {
      if (position <= before) defect(position === before ? 'INSERTED' : 'SWAPPED', `position ${position}, ${entry.id}: it stands after position ${before}.`);
      if (rootAlong(proof, leaf, position, size) !== root) defect('CHANGED', `position ${position}, ${entry.id}: it is not what was sealed there.`);
      [count, before] = [count + 1, position];
    },
    end: (entries) => count === entries || defect(count < entries ? 'REMOVED' : 'INSERTED', `there were ${entries} entries, and ${count} are there.`),
  };
}

async function main() {
  const { positionals: [file], values } = parseArgs({ allowPositionals: true, options: { checkpoint: { type: 'string' }, key: { type: 'string' } } });
  if (!file) throw new Error('Usage: node verify-audit.mjs FILE [--checkpoint NOTE] [--key KEY]');
  const statements = statementsOf(file);
  const { value: header } = await statements.next();
  if (header?.format !== 'switchboard-audit-export/1') throw new Error(`${file} is no export of an audit log in a format this verifier knows.`);
  if (header.origin !== `switchboard/audit/${header.tenant ?? 'platform'}`) defect('CHANGED', 'the first line: origin and tenant differ.');
  // The 32 bytes of a key in base64, or a verifier key (c2sp.org/signed-note), which ends with them.
  const keys = trustedKeys(header.keys, values.key && Buffer.from(values.key.slice(-44), 'base64').subarray(-32).toString('base64'));
  const checkpoint = header.checkpoint === null ? { size: 0, root: null } : openCheckpoint(header.checkpoint, header.origin, keys);
  const kept = values.checkpoint && openCheckpoint(readFileSync(values.checkpoint, 'utf8'), header.origin, keys);
  const log = (header.proofs === 'tree' ? wholeLog : partOfLog)(checkpoint, kept);
  let [entries, erased, last] = [0, 0, null];
  for await (const said of statements) {
    if (last) defect('INSERTED', 'something stands after the end.');
    if (said.end) { last = said; continue; }
    log.add(said, checkEntry(said, header));
    entries += 1;
    if (said.salt === null) erased += 1;
    if (entries % 100_000 === 0) process.stderr.write(`${entries} entries\n`);
  }
  log.end((last ?? defect('CUT', `the file ends after ${entries} entries.`)).entries);
  process.stdout.write(`OK: ${entries} entries of ${header.origin}, ${erased} of them without details (erased), under the checkpoint of ${checkpoint.size} entries.\n`);
  if (!values.key) process.stderr.write('The file itself named the key: compare it with the one you know, or pass that as --key.\n');
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Defect ? error.message : `Not verified: ${error.message}`}\n`);
  process.exitCode = error instanceof Defect ? 1 : 2;
});
