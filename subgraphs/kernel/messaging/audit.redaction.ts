// What an audit event may hold of a changed property, decided by the class its owner declares for it. Undeclared is as good as secret.
import { createHmac } from 'node:crypto';

/**
 * - `plain`: says nothing about a person that an id does not say.
 * - `personal` (@Personal): about a person; kept in the event's details, which can be erased.
 * - `sensitive` (@Sensitive): secrets and what leads to them; never kept.
 * - `phi` (@Phi): about somebody's health; never kept, but whether two values are equal can be shown.
 */
export type FieldClass = 'plain' | 'personal' | 'sensitive' | 'phi';

/** GraphQL type of the resource -> property of `before` and `after`, at any depth -> its class. */
export type AuditClasses = Readonly<Record<string, Readonly<Record<string, FieldClass>>>>;

export type AuditFacts = Record<string, unknown>;

const REDACTED = '[redacted]';

type Properties = AuditClasses[string];

/** Only what is declared: every object knows `constructor` and `toString`. */
const classOf = (properties: Properties, name: string): FieldClass | undefined => (Object.hasOwn(properties, name) ? properties[name] : undefined);

const isObject = (value: unknown): value is AuditFacts => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every property with its name and value, also of objects within. What has no class yet is not looked into: it is redacted whole. */
function someProperty(value: unknown, properties: Properties, wanted: (of: FieldClass | undefined) => boolean): boolean {
  if (Array.isArray(value)) return value.some((one) => someProperty(one, properties, wanted));
  return isObject(value) && Object.entries(value).some(([name, inner]) => wanted(classOf(properties, name)) || someProperty(inner, properties, wanted));
}

/** Whether `facts` hold a value that is told by its keyed hash only. */
export const holdsPhi = (facts: AuditFacts | null | undefined, properties: Properties = {}): boolean =>
  someProperty(facts, properties, (of) => of === 'phi');

/** @param key of the tenant, for values of class `phi`; null: their equality is not shown either */
export function redacted(facts: AuditFacts, properties: Properties = {}, key: Buffer | null = null): AuditFacts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, kept(value, classOf(properties, name), properties, key)]));
}

function kept(value: unknown, of: FieldClass | undefined, properties: Properties, key: Buffer | null): unknown {
  if (of === undefined || of === 'sensitive') return REDACTED;
  if (of === 'phi') return value === null || key === null ? REDACTED : `${REDACTED} hmac-sha256:${createHmac('sha256', key).update(JSON.stringify(value)).digest('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => kept(one, of, properties, key));
  return isObject(value) ? redacted(value, properties, key) : value;
}
