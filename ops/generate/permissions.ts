// permissions.json for programs and permissions.md for people: what each permission allows, guards and who has it by default.
import type { Rule } from '../../subgraphs/kernel/graphql/rules.js';
import type { SubgraphDefinition } from '../../subgraphs/kernel/graphql/subgraph.js';
import { byText } from './sdl.js';

export type Permissions = Record<string, { subgraph: string; description: string }>;
/** Role preset -> the permissions it grants. */
export type Presets = Readonly<Record<string, readonly string[]>>;

/** @throws when two subgraphs declare the same permission, or a rule needs one that nobody declares */
export function permissionsOf(definitions: readonly SubgraphDefinition[]): Permissions {
  const found: [string, { subgraph: string; description: string }][] = [];
  for (const { name, permissions } of definitions) {
    for (const [permission, description] of Object.entries(permissions)) {
      const other = found.find(([known]) => known === permission);
      if (other) throw new Error(`The permission ${permission} is declared by ${other[1].subgraph} and by ${name}.`);
      found.push([permission, { subgraph: name, description }]);
    }
  }
  const guards = guardsOf(definitions);
  for (const permission of guards.keys()) {
    if (!found.some(([known]) => known === permission)) {
      throw new Error(`No subgraph declares the permission ${permission}, which guards ${guards.get(permission)?.join(', ')}.`);
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => byText(a, b)));
}

function guardsOf(definitions: readonly SubgraphDefinition[]): Map<string, string[]> {
  const guards = new Map<string, string[]>();
  const add = (rule: Rule, guarded: string): void => {
    if (rule.kind === 'permission') guards.set(rule.permission, [...(guards.get(rule.permission) ?? []), guarded]);
  };
  for (const { rules, references } of definitions) {
    for (const [type, fields] of Object.entries(rules)) {
      for (const [field, rule] of Object.entries(fields)) add(rule, `${type}.${field}`);
    }
    for (const [type, { rule }] of Object.entries(references)) add(rule, `${type} by reference`);
  }
  return guards;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const codes = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join('<br>') || '-';

type Reader = (rule: Rule) => boolean;

const RULE_TEXT: Readonly<Record<Exclude<Rule['kind'], 'permission'>, string>> = {
  'inherited': 'inherited', 'open': 'anybody', 'signed-in': 'signed in', 'person': 'a person, signed in',
};
const ruleText = (rule: Rule): string =>
  (rule.kind === 'permission' ? `\`${rule.permission}\`${rule.person ? ', a person' : ''}` : RULE_TEXT[rule.kind]);

/** Who passes a rule by what they hold: people of a preset, and at the end whoever is not signed in. */
const passes = (granted: readonly string[]): Reader => (rule) => rule.kind !== 'permission' || granted.includes(rule.permission);

/** One table a type: fields that do not inherit, and which roles pass. */
function fieldTables(definitions: readonly SubgraphDefinition[], presets: Presets): string[] {
  const readers = Object.entries(presets).map(([role, granted]): [string, Reader] => [role, passes(granted)]);
  const rules = new Map<string, { subgraph: string; field: string; rule: Rule }[]>();
  const add = (type: string, entry: { subgraph: string; field: string; rule: Rule }): void => { rules.set(type, [...(rules.get(type) ?? []), entry]); };
  for (const { name, rules: types, references } of definitions) {
    for (const [type, fields] of Object.entries(types)) {
      for (const [field, rule] of Object.entries(fields)) if (rule.kind !== 'inherited') add(type, { subgraph: name, field, rule });
    }
    for (const [type, { rule }] of Object.entries(references)) add(type, { subgraph: name, field: '(by reference)', rule });
  }
  return [...rules].sort(([a], [b]) => byText(a, b)).flatMap(([type, entries]) => [
    `### ${type}`, '',
    `| field | owner | rule | ${[...readers.map(([role]) => role), 'nobody signed in'].join(' | ')} |`,
    `| --- | --- | --- |${' :-: |'.repeat(readers.length + 1)}`,
    ...entries.toSorted((a, b) => byText(`${a.field} ${a.subgraph}`, `${b.field} ${b.subgraph}`)).map(({ subgraph, field, rule }) =>
      `| \`${field}\` | ${subgraph} | ${ruleText(rule)} | ${[...readers.map(([, reads]) => reads(rule)), rule.kind === 'open'].map((may) => (may ? '✓' : '')).join(' | ')} |`),
    '',
  ]);
}

/** The same for people: one row a permission, then one a field. */
export function permissionsPage(definitions: readonly SubgraphDefinition[], presets: Presets): string {
  const guards = guardsOf(definitions);
  const rows = Object.entries(permissionsOf(definitions)).map(([permission, { subgraph, description }]) => {
    const guarded = [...(guards.get(permission) ?? [])].sort(byText);
    const roles = Object.entries(presets).filter(([, granted]) => granted.includes(permission)).map(([role]) => role);
    return `| \`${permission}\` | ${subgraph} | ${cell(description)} | ${codes(guarded)} | ${cell(roles.join(', ')) || '-'} |`;
  });
  return [
    '# Permissions',
    '',
    'Generated by `npm run generate` from each subgraph\'s `permissions.ts` and `references.ts`. A field that is not listed here inherits',
    'from its parent, is open to anybody or to everybody who is signed in. A permission that guards no field is asked for row by row.',
    '',
    '| permission | owner | allows | guards | roles that have it at first |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## Fields by role',
    '',
    'Every field with a rule of its own, and who passes it with the preset alone. Fields of types that are not listed inherit from whatever',
    'led to them. Presets of a tenant see rows of their tenant only; a super administrator is of the platform and sees no tenant\'s rows.',
    '',
    ...fieldTables(definitions, presets),
  ].join('\n');
}
