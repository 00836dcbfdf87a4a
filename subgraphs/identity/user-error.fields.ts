// The fields of every user error, for the rules of its members.
export const USER_ERROR_FIELDS = ['message', 'code', 'field'] as const;
