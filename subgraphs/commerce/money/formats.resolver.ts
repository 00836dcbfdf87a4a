// How a locale writes: for frontends that show numbers and dates of their own beside ours.
import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Query, registerEnumType, Resolver, Root } from 'type-graphql';
import { badInput, Refusal } from '../../kernel/base/errors.js';
import { languageOf } from '../../kernel/base/language.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { amountOf, currencyOf, MOST_MINOR } from '../given.js';
import { linesOfOrder, type OrderRow } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import type { ShopFacts } from '../shop/shop.service.js';
import { ShopType } from '../shop/shop.type.js';
import { directionOf, firstWeekdayOf, formatInstant, formatNumber, separatorsOf, summaryOf, type DateStyle } from './formats.js';
import { MoneyInput } from './money.input.js';
import { formatMoney } from './money.js';
import { localeFor, shopOfTenant } from './money.locale.js';
import { LOCALE } from './money.words.js';

export enum TextDirection { LTR = 'LTR', RTL = 'RTL' }
registerEnumType(TextDirection, { name: 'TextDirection', description: 'Whither lines are read.', valuesConfig: { LTR: { description: 'From left to right.' }, RTL: { description: 'From right to left.' } } });

const DateStyleEnum: { [Style in DateStyle]: Style } = { SHORT: 'SHORT', MEDIUM: 'MEDIUM', LONG: 'LONG', FULL: 'FULL' };
registerEnumType(DateStyleEnum, {
  name: 'DateStyle', description: 'How much is said of a day.',
  valuesConfig: { SHORT: { description: 'Digits alone.' }, MEDIUM: { description: 'With the month in short.' }, LONG: { description: 'With the month in full.' }, FULL: { description: 'With the day of the week.' } },
});

@ObjectType('Formats', { description: 'How a locale writes amounts, numbers and dates.' })
export class FormatsType {
  @Field(() => String, { description: 'BCP 47 tag of the locale.' })
  locale!: string;
}

const textOfNumber = /^-?\d{1,30}(\.\d{1,20})?$/;

@Resolver(() => FormatsType)
export class FormatsResolver {
  @Query(() => FormatsType, { nullable: true, description: 'How a locale writes. Any locale that is known; words are in English, Spanish, French and Portuguese.' })
  async formats(@Ctx() context: OperationContext, @Arg('locale', () => String, { nullable: true, description: LOCALE }) given?: string | null): Promise<FormatsType> {
    return { locale: await localeFor(context, given) };
  }

  @FieldResolver(() => String, { description: 'Language of words: `en`, `es`, `fr` or `pt`; `en` where we speak no other that it is of.' })
  language(@Root() { locale }: FormatsType) {
    return languageOf(locale);
  }

  @FieldResolver(() => TextDirection, { description: 'Whither its lines are read.' })
  direction(@Root() { locale }: FormatsType) {
    return directionOf(locale);
  }

  @FieldResolver(() => Int, { description: 'With which day its weeks begin: 1 is Monday, 7 is Sunday.' })
  firstWeekday(@Root() { locale }: FormatsType) {
    return firstWeekdayOf(locale);
  }

  @FieldResolver(() => String, { description: 'What stands before decimals.' })
  decimalSeparator(@Root() { locale }: FormatsType) {
    return separatorsOf(locale).decimal;
  }

  @FieldResolver(() => String, { description: 'What stands between groups of digits.' })
  groupSeparator(@Root() { locale }: FormatsType) {
    return separatorsOf(locale).group;
  }

  @FieldResolver(() => String, { description: 'A number, exact at any size.' })
  number(@Root() { locale }: FormatsType, @Arg('value', () => String, { description: 'With a point before decimals, e.g. `-1234.5`: at most 30 digits, and 20 decimals.' }) value: string): string {
    if (!textOfNumber.test(value)) throw badInput('A number is written like -1234.5.', ['value']);
    return formatNumber(value, locale);
  }

  @FieldResolver(() => String, { description: 'An amount, with as many decimals as its currency has.' })
  money(@Root() { locale }: FormatsType, @Arg('amount', () => MoneyInput, { description: 'The amount; less than nothing too.' }) { minor, currency }: MoneyInput): string {
    return asked(() => formatMoney(amountOf(minor, ['amount', 'minor'], -MOST_MINOR), currencyOf(currency, ['amount', 'currency']), locale));
  }

  @FieldResolver(() => String, { description: 'A moment, on the clock of the shop.' })
  async date(
    @Root() { locale }: FormatsType, @Ctx() context: OperationContext, @Arg('at', () => DateTime, { description: 'The moment.' }) at: Date,
    @Arg('style', () => DateStyleEnum, { nullable: true, description: 'How much is said of the day; `MEDIUM` when absent.' }) style?: DateStyle | null,
  ): Promise<string> {
    return formatInstant(at, { locale, timeZone: await zoneOf(context), style: style ?? 'MEDIUM' });
  }
}

/** What a mutation would tell in its payload, a query tells at the top. @throws BAD_USER_INPUT */
function asked<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? badInput(error.message, error.field ?? []) : error;
  }
}

const zoneOf = async (context: OperationContext): Promise<string> => (await context.load(shopOfTenant, context.tenantId))?.timeZone ?? 'UTC';

@Resolver(() => OrderType)
export class OrderSummaryResolver {
  @FieldResolver(() => String, { nullable: true, description: 'One line that says what it is, e.g. `Pedido 1004: 3 artículos, 24,00 €, 29 nov 2026, 21:05`, on the clock of the shop; null: it was recorded, and nobody knows what was in it.' })
  async summary(@Root() order: OrderRow, @Ctx() context: OperationContext, @Arg('locale', () => String, { nullable: true, description: LOCALE }) given?: string | null): Promise<string | null> {
    const [locale, timeZone, lines] = [await localeFor(context, given), await zoneOf(context), (await context.load(linesOfOrder, order.id)) ?? []];
    if (lines.length === 0) return null;
    const articles = lines.reduce((all, { quantity }) => all + quantity, 0);
    return summaryOf({ number: order.number, articles, minor: BigInt(order.totalMinor), currency: order.currency, placedAt: order.placedAt }, locale, timeZone);
  }
}

@Resolver(() => ShopType)
export class ShopDirectionResolver {
  @FieldResolver(() => TextDirection, { description: 'Whither lines of its `locale` are read.' })
  direction(@Root() { locale }: ShopFacts) {
    return directionOf(locale);
  }
}
