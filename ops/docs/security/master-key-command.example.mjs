#!/usr/bin/env node
// An example for SWITCHBOARD_MASTER_KEY_COMMAND: wraps and unwraps with a key that the product never sees. It works as it stands, with a key
// file; where it encrypts and decrypts, yours asks a KMS (Encrypt and Decrypt, the context as encryption context) or an HSM (PKCS#11).
//
// On standard input comes one line, {"operation":"wrap","data":"<base64>","context":"<text>"} or the same with "unwrap". The answer is
// {"data":"<base64>"} on standard output with exit code 0, within five seconds. Anything else is a failure; standard error is not read.
// `data` has 64 bytes to wrap. What was wrapped must unwrap for as long as the data lives, also after the KMS has rotated its own key.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const key = Buffer.from(readFileSync(process.env.EXAMPLE_KEY_FILE ?? '/etc/switchboard/example.key', 'utf8'), 'base64');
const { operation, data, context } = JSON.parse(await text(process.stdin));
const given = Buffer.from(data, 'base64');

function wrap() {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(given), cipher.final(), cipher.getAuthTag()]);
}

function unwrap() {
  const decipher = createDecipheriv('aes-256-gcm', key, given.subarray(0, 12), { authTagLength: 16 }).setAAD(Buffer.from(context)).setAuthTag(given.subarray(-16));
  return Buffer.concat([decipher.update(given.subarray(12, -16)), decipher.final()]);
}

const operations = { wrap, unwrap };
process.stdout.write(`${JSON.stringify({ data: operations[operation]().toString('base64') })}\n`);
