// What the presets allow, over a list of permissions like the generated one.
import { describe, expect, it } from '@jest/globals';
import { permissionNames } from './published-permissions.js';
import { RoleService } from './role.service.js';
import { expand, type RolePreset } from './role.presets.js';

const KNOWN = [
  'analytics:export', 'audit:read', 'conversation:read', 'conversation:send', 'order:read', 'org:delete', 'org:read',
  'system:admin', 'user:read',
];
const roles = new RoleService(() => KNOWN);
const of = (preset: RolePreset): string[] => roles.permissionsOf([{ preset, permissions: null }]);

describe('presets', () => {
  it.each<[RolePreset, string[]]>([
    ['SUPER_ADMIN', KNOWN],
    ['OWNER', KNOWN.filter((permission) => permission !== 'system:admin')],
    ['ADMIN', KNOWN.filter((permission) => permission !== 'system:admin' && permission !== 'org:delete')],
    ['ANALYST', ['analytics:export', 'conversation:read', 'order:read', 'org:read']],
    ['AGENT', ['conversation:read', 'conversation:send', 'order:read', 'org:read', 'user:read']],
    ['VIEWER', ['conversation:read', 'order:read', 'org:read']],
  ])('%s', (preset, allowed) => {
    expect(of(preset)).toEqual(allowed);
  });

  it('never give a permission that does not exist', () => {
    expect(new RoleService(() => []).permissionsOf([{ preset: 'OWNER', permissions: null }])).toEqual([]);
    expect(roles.permissionsOf([{ preset: null, permissions: ['order:read', 'order:invented'] }])).toEqual(['order:read']);
  });

  it('add up without repetition', () => {
    const both = [{ preset: 'VIEWER' as const, permissions: null }, { preset: null, permissions: ['user:read', 'order:read'] }];
    expect(roles.permissionsOf(both))
      .toEqual(['conversation:read', 'order:read', 'org:read', 'user:read']);
    expect(roles.permissionsOf([{ preset: null, permissions: null }])).toEqual([]);
  });

  it('match whole words only', () => {
    expect(expand(['order:*'], ['order:read', 'orders:read', 'order'])).toEqual(['order:read']);
  });
});

describe('the permissions file', () => {
  it('names what exists', () => {
    const file = {
      'user:read': { subgraph: 'identity', description: 'x' }, 'order:read': { subgraph: 'commerce', description: 'y' },
    };
    expect(permissionNames(JSON.stringify(file))).toEqual(['order:read', 'user:read']);
    expect(() => permissionNames('["user:read"]')).toThrow();
  });
});
