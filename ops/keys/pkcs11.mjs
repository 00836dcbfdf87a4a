#!/usr/bin/env node
// A master key in an HSM, for SWITCHBOARD_MASTER_KEY_COMMAND, through `pkcs11-tool` of OpenSC. The private half of an RSA key never leaves the HSM;
// a file holds 32 bytes that only it opens, and those wrap the data keys. They are in the memory of this program for as long as it answers, and nowhere else.
//
//   pkcs11.mjs make --module /path/of/the/vendor.so --token LABEL [--hash SHA256] [--bits 3072]   makes the key pair and the file, once
//   pkcs11.mjs                                                                                   answers one request of the product
//
// PKCS11_KEY_FILE names the file (/etc/switchboard/master.key.pkcs11), PKCS11_PIN_FILE a file with the user PIN, or PKCS11_PIN is it.
// It needs this file and Node 20 or newer. Standard error says what is wrong; neither the PIN nor a key is ever an argument, a file or a message.
import { execFileSync } from 'node:child_process';
import { constants, createCipheriv, createDecipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/** Of OAEP, as pkcs11-tool and as Node call them. SoftHSM has SHA-1 alone; for OAEP that is no weakness, but audits ask. */
const HASHES = { 'SHA-1': 'sha1', SHA256: 'sha256', SHA384: 'sha384', SHA512: 'sha512' };
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

class Failure extends Error {}
const fail = (why) => { throw new Failure(why); };
const keyFile = process.env.PKCS11_KEY_FILE || '/etc/switchboard/master.key.pkcs11';

function pin() {
  const { PKCS11_PIN: given, PKCS11_PIN_FILE: path } = process.env;
  // Without one pkcs11-tool would ask the terminal, and wait.
  return (path ? readFileSync(path, 'utf8').replace(/\r?\n$/, '') : given) || fail('PKCS11_PIN_FILE or PKCS11_PIN must give the user PIN.');
}

/** The PIN goes by its environment: arguments are seen by everybody who runs `ps`. */
function tool({ module, token }, args, input = '') {
  try {
    return execFileSync('pkcs11-tool', ['--module', module, '--token-label', token, '--login', '--pin', 'env:PKCS11_PIN', ...args],
      { input, env: { ...process.env, PKCS11_PIN: pin() }, stdio: ['pipe', 'pipe', 'inherit'] });
  } catch (error) {
    if (error instanceof Failure) throw error;
    // Its own error would carry what the tool wrote so far.
    return fail(error.code === 'ENOENT' ? 'pkcs11-tool is not installed (Debian: opensc).' : `pkcs11-tool failed with ${error.status ?? error.signal ?? error.code}.`);
  }
}

function masterKey(at) {
  const key = tool(at, ['--decrypt', '--mechanism', 'RSA-PKCS-OAEP', '--hash-algorithm', at.hash, '--mgf', `MGF1-${at.hash.replace('-', '')}`, '--id', at.id], Buffer.from(at.wrapped, 'base64'));
  return key.length === KEY_BYTES ? key : fail(`The HSM gave ${key.length} bytes instead of a key.`);
}

/** There whole or not at all, and never over one that somebody else has made meanwhile. */
function publish(content) {
  const draft = `${keyFile}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, keyFile);
  } finally {
    rmSync(draft);
  }
}

function make(args) {
  const { values: { module, token, hash, bits } } = parseArgs({ args, options: {
    module: { type: 'string' }, token: { type: 'string' }, hash: { type: 'string', default: 'SHA256' }, bits: { type: 'string', default: '3072' } } });
  if (!module || !token || !(hash in HASHES)) fail(`make needs --module and --token, and --hash one of ${Object.keys(HASHES).join(', ')}.`);
  if (existsSync(keyFile)) fail(`${keyFile} is there already: what it has wrapped needs it.`);
  const id = randomBytes(8).toString('hex');
  const at = { module, token, hash, id };
  tool(at, ['--keypairgen', '--key-type', `rsa:${bits}`, '--label', 'switchboard master key', '--id', id, '--usage-decrypt', '--sensitive']);
  try {
    const publicKey = createPublicKey({ key: tool(at, ['--read-object', '--type', 'pubkey', '--id', id]), format: 'der', type: 'spki' });
    const key = randomBytes(KEY_BYTES);
    at.wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: HASHES[hash] }, key).toString('base64');
    if (!masterKey(at).equals(key)) fail('The HSM does not give back what was encrypted for it.');
    publish(`${JSON.stringify(at)}\n`);
  } catch (error) {
    // Nothing was made with this pair, whose id nobody else has.
    for (const half of ['privkey', 'pubkey']) tool(at, ['--delete-object', '--type', half, '--id', id]);
    throw error;
  }
  process.stdout.write(`${keyFile} holds a master key that key ${id} of the token ${token} opens\n`);
}

function wrap(key, given, context) {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(given), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(key, given, context) {
  if (given.length < NONCE_BYTES + TAG_BYTES) fail('This was not wrapped here.');
  const decipher = createDecipheriv('aes-256-gcm', key, given.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context)).setAuthTag(given.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(given.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

async function answer() {
  const { operation, data, context } = JSON.parse(await text(process.stdin));
  const work = { wrap, unwrap }[operation] ?? fail('The operation is wrap or unwrap.');
  const key = masterKey(JSON.parse(readFileSync(keyFile, 'utf8')));
  process.stdout.write(`${JSON.stringify({ data: work(key, Buffer.from(data, 'base64'), context).toString('base64') })}\n`);
}

const [verb, ...rest] = process.argv.slice(2);
try {
  if (verb === 'make') make(rest);
  else if (verb === undefined) await answer();
  else fail(`${verb} is not known: make, or nothing.`);
} catch (error) {
  // Parsers quote what they were given, which may be a key; files and options are named.
  const mayBeTold = error instanceof Failure || error.syscall !== undefined || String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${mayBeTold ? error.message : 'The request or the key file is not what it should be, or was not wrapped here.'}\n`);
  process.exitCode = 1;
}
