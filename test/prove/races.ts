// The race proof: many at once for what there is little of. Each lane runs as the product is, where nothing may be wrong, and with its constraint dropped, where something must be.
import { withPostgres } from '../bench/postgres.js';
import { bookingLane } from './races.booking.js';
import { raceWithKills } from './races.kills.js';
import type { RaceLane, RaceOutcome, RaceResult } from './races.lane.js';
import { paymentLanes } from './races.payments.js';
import { sellLanes } from './races.sell.js';
import { RaceWorld } from './races.world.js';

const lanes: readonly RaceLane[] = [...sellLanes, bookingLane, ...paymentLanes];
/** The lane that has a world of its own: of processes, not of one. */
const KILLS = 'kills';

export interface RaceOptions {
  small: boolean;
  /** Only lanes whose name holds it; all when empty. */
  only: string;
  /** Of what chance decides in the lane of kills. */
  seed: number;
  report: (result: RaceResult) => void;
}

export const raceFailed = ({ violations, withoutIt }: RaceResult): boolean => violations.length > 0 || withoutIt.length === 0;

/** @throws when there is no such lane: a proof of nothing proves nothing */
export async function proveRaces({ small, only, seed, report }: RaceOptions): Promise<RaceResult[]> {
  const chosen = lanes.filter(({ name }) => name.includes(only));
  const killing = KILLS.includes(only);
  if (chosen.length === 0 && !killing) throw new Error('No lane of the race proof has such a name.');
  return withPostgres(async () => {
    const results: RaceResult[] = [];
    for (const lane of chosen) {
      const [held, concurrency] = await raced(lane, small, false);
      const [broken] = await raced(lane, small, true);
      const result = { name: lane.name, ...held, concurrency, withoutIt: broken.violations };
      results.push(result);
      report(result);
    }
    if (killing) {
      const result = await raceWithKills(small, seed);
      results.push(result);
      report(result);
    }
    return results;
  });
}

async function raced(lane: RaceLane, small: boolean, broken: boolean): Promise<[RaceOutcome, number]> {
  const world = await RaceWorld.open(lane.stripe ?? false);
  try {
    if (broken) await world.rows(lane.breaks);
    return [await lane.run(world, small), world.concurrency];
  } finally {
    await world.close();
  }
}
