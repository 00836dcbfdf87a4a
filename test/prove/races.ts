// The race proof: many at once for what there is little of. Each lane runs as the product is, where nothing may be wrong, and with its constraint dropped, where something must be.
import { withPostgres } from '../bench/postgres.js';
import { bookingLane } from './races.booking.js';
import type { RaceLane, RaceOutcome } from './races.lane.js';
import { paymentLanes } from './races.payments.js';
import { sellLanes } from './races.sell.js';
import { RaceWorld } from './races.world.js';

const lanes: readonly RaceLane[] = [...sellLanes, bookingLane, ...paymentLanes];

export interface RaceResult extends RaceOutcome {
  name: string;
  /** Most transactions that were open at the same time. */
  concurrency: number;
  /** What came out wrong without the constraint: nothing would be wrong with the proof. */
  withoutIt: string[];
}

export interface RaceOptions {
  small: boolean;
  /** Only lanes whose name holds it; all when empty. */
  only: string;
  report: (result: RaceResult) => void;
}

export const raceFailed = ({ violations, withoutIt }: RaceResult): boolean => violations.length > 0 || withoutIt.length === 0;

/** @throws when there is no such lane: a proof of nothing proves nothing */
export async function proveRaces({ small, only, report }: RaceOptions): Promise<RaceResult[]> {
  const chosen = lanes.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new Error('No lane of the race proof has such a name.');
  return withPostgres(async () => {
    const results: RaceResult[] = [];
    for (const lane of chosen) {
      const [held, concurrency] = await raced(lane, small, false);
      const [broken] = await raced(lane, small, true);
      const result = { name: lane.name, ...held, concurrency, withoutIt: broken.violations };
      results.push(result);
      report(result);
    }
    return results;
  });
}

async function raced(lane: RaceLane, small: boolean, broken: boolean): Promise<[RaceOutcome, number]> {
  const world = await RaceWorld.open();
  try {
    if (broken) await world.rows(lane.breaks);
    return [await lane.run(world, small), world.concurrency];
  } finally {
    await world.close();
  }
}
