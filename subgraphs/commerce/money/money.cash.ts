// What an amount comes to in cash, where the smallest coin in use is larger than the minor unit.

/** Smallest coin, in minor units, and where the half of it goes. */
interface Coin { least: bigint; half: 'UP' | 'DOWN' }

/**
 * Sources: CLP Ley 20.956 (2017), 1 to 5 go down; HUF 2008. évi III. törvény, to 5 Ft; CHF Art. 1 MünzV, 5 Rp.; SEK and NOK whole kronor and kroner since 2010 and 2012; DKK 50 øre;
 * CZK whole koruna since 2008; AUD 5 c since 1992; CAD 5 c since 2013; NZD 10 c since 2006, 5 goes down; KWD 5 fils is the smallest coin of the Central Bank of Kuwait.
 */
const COINS: Readonly<Record<string, Coin>> = {
  CLP: { least: 10n, half: 'DOWN' }, HUF: { least: 500n, half: 'UP' }, CHF: { least: 5n, half: 'UP' }, SEK: { least: 100n, half: 'UP' }, NOK: { least: 100n, half: 'UP' }, DKK: { least: 50n, half: 'UP' },
  CZK: { least: 100n, half: 'UP' }, AUD: { least: 5n, half: 'UP' }, CAD: { least: 5n, half: 'UP' }, NZD: { least: 10n, half: 'DOWN' }, KWD: { least: 5n, half: 'UP' },
};

/** To the nearest that can be paid; what is owed and what is given back are rounded alike. */
export function inCash(minor: bigint, currency: string): bigint {
  const coin = COINS[currency];
  if (!coin) return minor;
  const amount = minor < 0n ? -minor : minor;
  const rest = amount % coin.least;
  const down = rest * 2n < coin.least || (coin.half === 'DOWN' && rest * 2n === coin.least);
  const paid = down ? amount - rest : amount - rest + coin.least;
  return minor < 0n ? -paid : paid;
}
