// Mails: no type of the graph, a table that a job empties.
import type { Slice } from '../../kernel/graphql/slice.js';
import { mailJob } from '../jobs.js';
import { mail } from '../migrations/20261125-31-mail.js';
import { Mail } from './mail.entity.js';

export const mailSlice: Slice = {
  entities: [Mail],
  migrations: [mail],
  jobs: [mailJob],
  classes: { Mail: { kind: 'plain', failure: 'plain' } },
};
