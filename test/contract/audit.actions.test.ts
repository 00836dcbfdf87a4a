// The published list of audit events is what the code can stage: no more, no less.
import { expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { definitions } from '../../ops/composition.js';
import { BACKUP_ACTIONS } from '../../ops/backup/backup.audit.js';
import { TENANT_BACKUP_ACTIONS } from '../../workers/tenant-backups/tenant.audit.js';
import { MASTER_KEY_ACTION } from '../../ops/master-keys.audit.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { API_USAGE_ACTIONS } from '../../subgraphs/kernel/base/api-usage.js';
import { DATA_KEY_ACTION } from '../../subgraphs/kernel/graphql/key-rotation.js';
import { PURGE_ACTION } from '../../subgraphs/kernel/messaging/retention.js';
import { grantedAction, isRecorded } from '../../subgraphs/kernel/graphql/granted.js';

const page = readFileSync(join(projectRoot, 'ops/docs/security/audit-events.md'), 'utf8');
const listed = [...page.matchAll(/^\| `([^`]+)` \| [A-Z_]+ \|/gm)].map(([, action]) => action ?? '');

const sources = readdirSync(join(projectRoot, 'subgraphs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name) && !name.startsWith('kernel'));
const texts = sources.map((name) => readFileSync(join(projectRoot, 'subgraphs', name), 'utf8'));
/** Dotted lower-case words in code, among them every action that is written out. */
const written = new Set(texts.flatMap((text) => [...text.matchAll(/'([a-z_]+(?:\.[a-z_]+)+)'/g)].map(([, word]) => word ?? '')));
const literal = [...new Set(texts.flatMap((text) => [...text.matchAll(/action: '([a-z_]+\.[^']+)'/g)].map(([, action]) => action ?? '')))];

const declared = definitions.flatMap(({ mutations }) => Object.values(mutations).map(({ action }) => action));
const granted = definitions.flatMap((definition) => Object.entries(definition.rules).filter(([type]) => type !== 'Mutation').flatMap(([type, rules]) =>
  Object.entries(rules).filter(([, rule]) => isRecorded(rule, definition)).map(([field]) => grantedAction(type, field))));
/** Made of a status or a reason. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  'message.': ['sent', 'delivered', 'read', 'failed', 'unconfirmed'],
  'payment_webhook.': ['unknown_account', 'bad_signature', 'missing_signature', 'malformed_json', 'too_large'],
  'webhook.': ['unknown_inbox', 'bad_signature', 'missing_signature', 'malformed_json', 'too_large', 'bad_verify_token',
    'unknown_origin', 'bad_identity', 'identity_required'],
};
const made = Object.entries(FAMILIES).flatMap(([family, members]) => members.map((member) => `${family}${member}`));

it('lists what every mutation, job, webhook and recorded read can stage', () => {
  expect(declared.length).toBeGreaterThan(40);
  expect(literal.length).toBeGreaterThan(50);
  expect([...new Set([...declared, ...granted, ...literal, ...made, ...API_USAGE_ACTIONS, DATA_KEY_ACTION, MASTER_KEY_ACTION, ...BACKUP_ACTIONS, ...TENANT_BACKUP_ACTIONS, PURGE_ACTION])].filter((action) => !listed.includes(action))).toEqual([]);
});

it('lists nothing that nobody stages, and each once in order', () => {
  const known = new Set([...declared, ...granted, ...written, ...made, ...API_USAGE_ACTIONS, DATA_KEY_ACTION, MASTER_KEY_ACTION, ...BACKUP_ACTIONS, ...TENANT_BACKUP_ACTIONS, PURGE_ACTION]);
  expect(listed.filter((action) => !known.has(action))).toEqual([]);
  expect(listed).toEqual([...new Set(listed)].sort());
});
