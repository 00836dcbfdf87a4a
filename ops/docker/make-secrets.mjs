// Makes the secret files that docker-compose.yml mounts: `node ops/docker/make-secrets.mjs [folder]`. Never overwrites one.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), 'secrets'));

const password = () => randomBytes(32).toString('base64url');

function contents() {
  const database = password();
  const redis = password();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    'master.key': `${randomBytes(32).toString('base64')}\n`,
    'actor.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'actor.pub': publicKey.export({ type: 'spki', format: 'pem' }),
    'database.password': database,
    'redis.conf': `requirepass ${redis}\n`,
    'stores.env': `DATABASE_URL=postgres://switchboard:${database}@postgres:5432/switchboard\nREDIS_URL=redis://:${redis}@redis:6379\n`,
  };
}

// The folder keeps other people of this machine out. The files are readable because a file secret keeps its mode inside the
// container, where each process runs under a number of its own.
mkdirSync(folder, { recursive: true, mode: 0o700 });
const there = readdirSync(folder);
if (there.length > 0) {
  console.error(`${folder} holds ${there.join(', ')} already. Data is encrypted with these keys: nothing was changed.`);
  process.exit(1);
}
for (const [name, text] of Object.entries(contents())) writeFileSync(join(folder, name), text, { mode: 0o444, flag: 'wx' });
console.log(`Made the secrets of docker-compose.yml in ${folder}. Keep a copy of master.key elsewhere: without it, data cannot be read.`);
