// The expected "no"s of roles and grants.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

type Path = readonly string[];

export const roleNotFound = (field: Path = ['input', 'roleId']): Refusal =>
  new Refusal('RoleNotFound', ErrorCode.NOT_FOUND, 'There is no such role here.', field);

export const roleNameTaken = (): Refusal =>
  new Refusal('RoleNameTaken', ErrorCode.NAME_TAKEN, 'Another role has this name.', ['input', 'name']);

export const roleFixed = (): Refusal =>
  new Refusal('RoleFixed', ErrorCode.WRONG_STATE, 'This role is the same everywhere and cannot be changed.', ['input', 'roleId']);

export const roleLimitReached = (most: number): Refusal =>
  new Refusal('RoleLimitReached', ErrorCode.LIMIT_REACHED, `There are ${most} roles of your own already. Delete one first.`, null);

/** @param permissions those that are beyond who asked; none when the rank of owner itself is */
export const grantRefused = (permissions: readonly string[], field: Path | null): Refusal =>
  new Refusal(
    'GrantRefused', ErrorCode.GRANT_REFUSED,
    permissions.length > 0 ? 'This touches permissions that you do not hold yourself.' : 'Only owners give, change and take away the rank of owner.',
    field, { permissions },
  );

export const lastOwner = (): Refusal =>
  new Refusal('LastOwner', ErrorCode.LAST_OWNER, 'Somebody must remain an active owner whose grant does not end.', null);

export const userNotFound = (field: Path = ['input', 'userId']): Refusal =>
  new Refusal('UserNotFound', ErrorCode.NOT_FOUND, 'There is no such person here.', field);
