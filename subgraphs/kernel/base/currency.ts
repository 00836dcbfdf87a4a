// How many decimals the minor unit of a currency has.

// `Intl` is no authority on these: it shows HUF and IDR without decimals, as shops do.
/** Minor-unit exponents of ISO 4217 other than 2. */
const EXPONENTS: Readonly<Record<number, readonly string[]>> = {
  0: ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
  3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
  4: ['CLF', 'UYW'],
};
const exponents = new Map(
  Object.entries(EXPONENTS).flatMap(([exponent, codes]) => codes.map((code) => [code, Number(exponent)])),
);

/** Decimal places of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD. */
export const currencyExponent = (currency: string): number => exponents.get(currency) ?? 2;
