// Which passwords are accepted (NIST SP 800-63B-4, 3.1.1.2): long ones that attackers do not try first; no rules of composition, no expiry.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { normalPassword } from './password.js';

/** Without and with a second factor. */
export const LEAST_LENGTH = { alone: 15, withSecondFactor: 8 } as const;
export const PASSWORD_MAX = 1024;

export enum PasswordFault {
  TOO_SHORT = 'TOO_SHORT',
  TOO_LONG = 'TOO_LONG',
  COMMON = 'COMMON',
  GUESSABLE = 'GUESSABLE',
}

export interface PasswordCircumstances {
  secondFactor: boolean;
  /** What an attacker knows of the person: addresses, names. */
  known: readonly string[];
}

const PRODUCT = 'switchboard';
/** Shorter words say nothing about who chose the password. */
const LEAST_WORD = 4;
/** So much must be left when what an attacker knows is taken away. */
const LEAST_REST = 8;

/** @throws Refusal PasswordUnacceptable */
export async function assertAcceptable(password: string, circumstances: PasswordCircumstances, field: readonly string[]): Promise<void> {
  const fault = await passwordFault(password, circumstances);
  if (fault) throw passwordUnacceptable(fault, leastLength(circumstances), field);
}

export async function passwordFault(password: string, circumstances: PasswordCircumstances): Promise<PasswordFault | null> {
  const normal = normalPassword(password);
  const length = [...normal].length;
  if (length < leastLength(circumstances)) return PasswordFault.TOO_SHORT;
  if (password.length > PASSWORD_MAX) return PasswordFault.TOO_LONG;
  const lower = normal.toLowerCase();
  if (isMonotonous(lower) || await isCommon(lower)) return PasswordFault.COMMON;
  return isDerived(lower, circumstances.known) ? PasswordFault.GUESSABLE : null;
}

const leastLength = ({ secondFactor }: PasswordCircumstances): number => (secondFactor ? LEAST_LENGTH.withSecondFactor : LEAST_LENGTH.alone);

/** One step of the code points all along (`aaaa…`, `abcd…`, `9876…`). */
function isMonotonous(password: string): boolean {
  const [first = 0, second = 0, ...rest] = [...password].map((character) => character.codePointAt(0) ?? 0);
  const step = second - first;
  return Math.abs(step) <= 1 && rest.every((code, index) => code - (rest[index - 1] ?? second) === step);
}

/** A word of the list, alone, repeated, or with digits and signs around it. */
async function isCommon(password: string): Promise<boolean> {
  const list = await commonPasswords();
  const unit = /^(.+?)\1+$/su.exec(password)?.[1];
  const bare = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  if (unit !== undefined && ([...unit].length < LEAST_REST || list.has(unit))) return true;
  return list.has(password) || (bare !== password && (bare.length < LEAST_WORD || list.has(bare)));
}

/** Hardly more than the product's name and what is known of the person. */
function isDerived(password: string, known: readonly string[]): boolean {
  const words = [PRODUCT, ...known].flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .map((word) => word.normalize('NFC').toLowerCase().trim()).filter((word) => word.length >= LEAST_WORD)
    .sort((a, b) => b.length - a.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), password);
  return rest !== password && rest.replace(/[^\p{L}\p{N}]/gu, '').length < LEAST_REST;
}

let common: Promise<ReadonlySet<string>> | null = null;

/** 49,000 of them, loaded when the first password is chosen: no start waits for it. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']));
  return common;
}

const SENTENCES: Record<PasswordFault, (least: number) => string> = {
  TOO_SHORT: (least) => `The password needs at least ${least} characters. A few words are easy to remember.`,
  TOO_LONG: () => `The password has at most ${PASSWORD_MAX} characters.`,
  COMMON: () => 'This password is among those that attackers try first. Choose another.',
  GUESSABLE: () => 'This password is made of names that an attacker knows. Choose another.',
};

const passwordUnacceptable = (fault: PasswordFault, least: number, field: readonly string[]): Refusal =>
  new Refusal('PasswordUnacceptable', ErrorCode.PASSWORD_UNACCEPTABLE, SENTENCES[fault](least), field, { reason: fault, minimumLength: least });
