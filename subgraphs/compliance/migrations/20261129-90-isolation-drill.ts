// Drills of the walls between tenants: of the platform, so that no tenant's id is in their table.
import { platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const isolationDrill = sqlMigration('20261129-90-isolation-drill', [
  `create table compliance.isolation_drill (
    id uuid primary key,
    state text not null check (state in ('RUNNING', 'PASSED', 'FAILED')),
    seconds int not null check (seconds between 1 and 60),
    requested_at timestamptz(3) not null,
    due_at timestamptz(3),
    finished_at timestamptz(3),
    report jsonb,
    -- What has ended tells how, and nothing is due of it any more.
    check ((state = 'RUNNING') = (due_at is not null)),
    check ((state = 'RUNNING') = (report is null)),
    check ((report is null) = (finished_at is null))
  )`,
  // One at a time: it asks a lot of every database.
  `create unique index isolation_drill_running on compliance.isolation_drill (state) where state = 'RUNNING'`,
  ...platformTable('compliance', 'isolation_drill', 'select, insert, update'),
]);
