// The race whose processes are killed: guests buy, pay, get their money back and book, while those who serve them and the workers die at every named point and at any moment.
import { join } from 'node:path';
import { paymentCrashTable, type PaymentCrashPoint } from '../../subgraphs/commerce/payment/payment.crash.js';
import type { MutationCrashPoint } from '../../subgraphs/kernel/graphql/mutation.crash.js';
import { makeVenue } from '../kit/booking.js';
import { comeToRest, violationsOf } from './kills.checks.js';
import { Guest, SIGNED_WITH, STRIPE_KEY, type KillShop } from './kills.guests.js';
import { ANY_MOMENT, KillWorld, TILL, WORKERS } from './kills.world.js';
import type { RaceResult } from './races.lane.js';
import { seeded, shuffled, type Random } from './seeded.js';

type Point = PaymentCrashPoint | MutationCrashPoint;
/** The compiled sources this program is part of. */
const CODE = join(import.meta.dirname, '../..');

/** What a process of the workers passes; what is also passed by those who serve is killed at in both. */
const OF_WORKERS: readonly Point[] = ['payment_webhook:counted', 'payment_webhook:looked', 'payment_webhook:closed', 'payment:asking', 'payment:answered', 'payment:settled'];
const OF_TILLS: readonly Point[] = paymentCrashTable.map(({ point }) => point).filter((point) => !['payment_webhook:counted', 'payment_webhook:looked', 'payment_webhook:closed'].includes(point));
const MUTATIONS = ['cart.create', 'cart.line_add', 'cart.update', 'order.place', 'order.transition', 'payment.create', 'payment.record', 'payment.confirm', 'payment.refund', 'reservation.hold', 'reservation.confirm', 'reservation.cancel'];
const ALL: readonly Point[] = MUTATIONS.flatMap((action): Point[] => [`mutation:written/${action}`, `mutation:committed/${action}`]);
/** One of each kind of damage: each takes a start of a process. */
const FEW: { tills: readonly Point[]; workers: readonly Point[] } = {
  tills: ['payment:acted', 'payment:refunded', 'payment_webhook:stored', 'mutation:written/order.place', 'mutation:committed/order.place', 'mutation:committed/cart.line_add', 'mutation:committed/reservation.hold'],
  workers: ['payment_webhook:looked', 'payment:answered'],
};

/** Where, how often at each, how many at any moment, of tills and of workers, and who buys meanwhile. */
const SIZE = {
  small: { ...FEW, times: 1, moments: { tills: 1, workers: 1 }, guests: 12, scarce: 60 },
  full: { tills: [...OF_TILLS, ...ALL], workers: OF_WORKERS, times: 3, moments: { tills: 30, workers: 12 }, guests: 24, scarce: 600 },
};
const MOST_USES = 40;
const PLENTY = 100_000;
/** For the broken run: each payment brings every event twice. */
const LATER_STORIES = 6;
const DAYS_AHEAD = 30;

const BREAKS = 'drop index commerce.payment_webhook_event';

/** @param seed of what chance decides: who buys what, which webhook comes first, and when a process dies at any moment */
export async function raceWithKills(small: boolean, seed = 1): Promise<RaceResult> {
  const { times, moments, guests, scarce, ...points } = small ? SIZE.small : SIZE.full;
  const random = seeded(seed);
  const repeated = (all: readonly string[], moments: number): string[] => shuffled([...Array.from({ length: times }, () => all).flat(), ...Array.from({ length: moments }, () => ANY_MOMENT)], random);
  const tills = repeated(points.tills, moments.tills);
  const world = await KillWorld.open(CODE);
  try {
    // One that lives to the end: without it those who buy mostly wait.
    await world.start(TILL);
    const shop = await opened(world, scarce);
    const buyers = Array.from({ length: guests }, (_none, place) => new Guest(world, shop, `guest-${place}`, seeded(seed * 1_000 + place)));
    let over = false;
    const buying = Promise.all(buyers.map(async (guest) => { while (!over) await guest.live(); }));
    await Promise.all([0, 1].map((slot) => world.lives(TILL, tills.filter((_point, place) => place % 2 === slot), seeded(seed + slot + 1)))
      .concat(world.lives(WORKERS, repeated(points.workers, moments.workers), seeded(seed + 3))));
    await world.start(WORKERS);
    over = true;
    await buying;
    await comeToRest(world);
    const violations = [...world.violations, ...await violationsOf(world)];
    const won = buyers.reduce((all, { told }) => all + told.paid + told.bookings, 0);
    const attempts = buyers.reduce((all, { told }) => all + told.orders + told.bookings + told.refused, 0);
    return { name: 'kills', attempts, won, concurrency: world.concurrency, violations, withoutIt: await withoutIndex(world, shop, random), kills: Object.fromEntries([...world.kills].toSorted()), askedAgain: world.askedAgain };
  } finally {
    await world.close();
  }
}

/** The same without what tells two deliveries of one event apart, and without kills: what is found must be wrong. */
async function withoutIndex(world: KillWorld, shop: KillShop, random: Random): Promise<string[]> {
  await world.rows(BREAKS);
  const guests = Array.from({ length: LATER_STORIES }, (_none, place) => new Guest(world, shop, `later-${place}`, random));
  for (let stories = 0; stories < LATER_STORIES; stories += 1) await Promise.all(guests.map((guest) => guest.live()));
  await comeToRest(world);
  return violationsOf(world);
}

async function opened(world: KillWorld, scarce: number): Promise<KillShop> {
  const account = await world.made<{ id: string; webhookUrl: string }>('paymentAccountCreate', { name: 'Till', secretKey: STRIPE_KEY, webhookSecret: SIGNED_WITH }, 'paymentAccount { id webhookUrl }');
  const counted = async (sku: string, onHand: number): Promise<string> => {
    const { variants } = await world.made<{ variants: { id: string }[] }>('productCreate', { kind: 'PRODUCT', name: sku, variants: [{ sku, tracksInventory: true, prices: [{ minor: '1000', currency: 'EUR' }] }] }, 'product { variants { id } }');
    const variantId = variants[0]?.id ?? '';
    await world.made('stockAdjust', { variantId, change: onHand, idempotencyKey: sku }, 'stock { onHand }');
    return variantId;
  };
  const variantIds = [await counted('SCARCE', scarce), await counted('PLENTY', PLENTY)] as const;
  await world.made('voucherCreate', { code: 'KILLED', percentPpm: 100_000, mostUses: MOST_USES }, 'voucher { id }');
  const { id: customerId } = await world.made<{ id: string }>('customerCreate', { name: 'Guest' }, 'customer { id }');
  // All stay as long as those whom the slots are asked for: one that is free for a few is no refusal for more.
  const venue = await makeVenue((field, input, select) => world.send(field, input, select) as never, { tables: [[1, 2], [1, 4], [1, 4], [2, 6]], stays: [{ upTo: 6, minutes: 90 }] });
  const date = new Date(Date.now() + DAYS_AHEAD * 86_400_000).toISOString().slice(0, 10);
  const { availability } = await world.ask('query ($venueId: ID!, $date: String!) { availability(venueId: $venueId, date: $date, partySize: 2) { slots { startsAt } } }', { venueId: venue.id, date }) as { availability: { slots: { startsAt: string }[] } };
  return { accountId: account.id, accountKey: account.webhookUrl.split('/').at(-1) ?? '', variantIds, venueId: venue.id, starts: availability.slots.map(({ startsAt }) => startsAt), customerId };
}
