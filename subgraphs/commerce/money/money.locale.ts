// In which locale amounts and dates are written for whoever asks: as an argument says, else as their request did, else as the shop does.
import { badInput } from '../../kernel/base/errors.js';
import { knownLocale } from '../../kernel/base/language.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { shopOf, type ShopFacts } from '../shop/shop.service.js';

/** One statement of an operation, however often it is asked for. */
export const shopOfTenant = defineLoader<OperationContext, string, ShopFacts>({
  name: 'shop.ofTenant', keyOf: (key) => key,
  batch: async (context, ids) => new Map(await Promise.all(ids.map(async (id): Promise<[string, ShopFacts]> => [id, await shopOf(await context.read(), id)]))),
});

/** @throws BAD_USER_INPUT when it is no locale */
export function localeGiven(tag: string | null | undefined, field: readonly string[] = ['locale']): string | null {
  if (tag === null || tag === undefined) return null;
  const locale = knownLocale(tag);
  if (locale === null) throw badInput('A locale is a BCP 47 tag of a language that is known, e.g. es-CL.', field);
  return locale;
}

/** At once where it is said; else what the shop's row says. @throws BAD_USER_INPUT */
export function localeFor(context: OperationContext, given: string | null | undefined): string | Promise<string> {
  return localeGiven(given) ?? context.locale ?? context.load(shopOfTenant, context.tenantId).then((shop) => shop?.locale ?? 'en');
}
