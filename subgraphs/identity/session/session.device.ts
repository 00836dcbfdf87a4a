// A modest name for a device, from what its program says of itself: enough to recognise one's own.

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'], [/\bOPR\/|\bOpera\b/, 'Opera'], [/\bSamsungBrowser\//, 'Samsung Internet'], [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium)\//, 'Chrome'], [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
  [/^curl\//, 'curl'], [/^okhttp\//, 'Android app'], [/\bCFNetwork\//, 'Apple app'], [/^(?:node|undici)\b/i, 'Node.js'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'], [/\biPad\b/, 'iPad'], [/\bAndroid\b/, 'Android'], [/\bWindows\b/, 'Windows'], [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'], [/\bLinux\b/, 'Linux'],
];

const first = (names: readonly [RegExp, string][], text: string): string | null => names.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** E.g. `Firefox on Windows`; null when nothing is known. */
export function deviceOf(userAgent: string | null): string | null {
  if (userAgent === null) return null;
  const [browser, system] = [first(BROWSERS, userAgent), first(SYSTEMS, userAgent)];
  return browser !== null && system !== null ? `${browser} on ${system}` : browser ?? system;
}
