// Accounts: people who can sign in.
import type { Slice } from '../../kernel/graphql/slice.js';
import { Account } from './account.entity.js';

export const accountSlice: Slice = { entities: [Account], platformTables: ['account'] };
