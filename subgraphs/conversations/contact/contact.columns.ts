// The columns of a contact that readers see.
export const CONTACT_COLUMNS = ['id', 'name', 'email', 'phone', 'identifier', 'attributes', 'blockedAt', 'mergedInto', 'createdAt'] as const;
