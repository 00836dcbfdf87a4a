// The keys of access tokens, and their public halves for everybody.
import type { Slice } from '../../kernel/graphql/slice.js';
import { signingKeyLife } from '../migrations/20261125-03-signing-key-life.js';
import { SigningKey } from './signing-key.entity.js';

export const signingKeySlice: Slice = {
  entities: [SigningKey],
  migrations: [signingKeyLife],
  platformTables: ['signing_key'],
  routes: [{ name: 'jwks', method: 'GET', path: '/.well-known/jwks.json', auth: 'public', maxBytes: 1_024, timeoutMs: 5_000 }],
  classes: {
    SigningKey: { state: 'plain', activatesAt: 'plain' },
  },
};
