// Rights that lead to more rights, or to everything: what the trail says of a role that was given, so that it can be told from the others.

/** Those among `permissions`, e.g. `user:manage`. */
export const privilegesOf = (permissions: readonly string[]): string[] => permissions.filter((permission) => /:(manage|admin)$/.test(permission));
