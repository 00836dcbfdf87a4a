// Deposits of bookings: what a venue asks for, what a reservation is to be paid with, and payments that are for a reservation in the place of an order.
import { sqlMigration } from '../../kernel/data/migrate.js';

const SAFE = '9007199254740991';

export const deposit = sqlMigration('20261202-01-deposit', [
  `alter table commerce.venue
    add column deposit_from_party integer check (deposit_from_party between 1 and 1000),
    add column deposit_minor bigint check (deposit_minor between 1 and ${SAFE}),
    add column deposit_currency text check (deposit_currency ~ '^[A-Z]{3}$'),
    add column deposit_per text check (deposit_per in ('PERSON', 'BOOKING')),
    add column deposit_kept boolean,
    add constraint venue_deposit_rule check (num_nulls(deposit_from_party, deposit_minor, deposit_currency, deposit_per, deposit_kept) in (0, 5))`,

  // As the rule was when the table was held: that is what the guest agreed to.
  `alter table commerce.reservation
    add column deposit_minor bigint check (deposit_minor between 1 and ${SAFE}),
    add column deposit_currency text check (deposit_currency ~ '^[A-Z]{3}$'),
    add column deposit_kept boolean,
    add column deposit_fate text check (deposit_fate in ('RETURN', 'KEEP')),
    add constraint reservation_deposit check (num_nulls(deposit_minor, deposit_currency, deposit_kept) in (0, 3)),
    add constraint reservation_deposit_fate check (deposit_fate is null or deposit_minor is not null)`,

  // A payment is for one thing. What was paid stays in the books: its reservation cannot be deleted under it.
  `alter table commerce.payment alter column order_id drop not null, add column reservation_id uuid,
    add constraint payment_for_one check (num_nonnulls(order_id, reservation_id) = 1),
    add constraint payment_reservation foreign key (tenant_id, reservation_id) references commerce.reservation (tenant_id, id) on delete restrict`,
  `create index payment_of_reservation on commerce.payment (tenant_id, reservation_id, id) where reservation_id is not null`,
  `create unique index payment_open_reservation on commerce.payment (tenant_id, reservation_id) where reservation_id is not null and state not in ('SUCCEEDED', 'CANCELED')`,
]);
