// Access changes: no type of the graph, a table that gateways follow.
import type { Slice } from '../../kernel/graphql/slice.js';
import { accessChange } from '../migrations/20261124-01-access-change.js';
import { AccessChange } from './access-change.entity.js';

export const accessChangeSlice: Slice = { entities: [AccessChange], migrations: [accessChange], platformTables: ['access_change'] };
