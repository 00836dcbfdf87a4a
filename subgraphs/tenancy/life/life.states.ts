// Where a tenant can stand and what leads from where to where; a state machine is a table.

export enum TenantState {
  ACTIVE = 'ACTIVE',
  SUSPENDED = 'SUSPENDED',
  DELETING = 'DELETING',
  ERASING = 'ERASING',
}
/** What a tenant can be again. */
export type ResumedState = TenantState.ACTIVE | TenantState.SUSPENDED;

export interface Transition {
  from: readonly TenantState[];
  otherwise: string;
}

/** `ERASING` ends with the row itself: what is left is the receipt. */
export const TRANSITIONS = {
  suspend: { from: [TenantState.ACTIVE], otherwise: 'Only a tenant that is active can be suspended.' },
  reactivate: { from: [TenantState.SUSPENDED], otherwise: 'Only a tenant that is suspended can be reactivated.' },
  delete: { from: [TenantState.ACTIVE, TenantState.SUSPENDED], otherwise: 'The deletion of this tenant is under way already.' },
  cancelDeletion: { from: [TenantState.DELETING], otherwise: 'Nothing is to be cancelled: this tenant is not waiting for its deletion.' },
  update: { from: [TenantState.ACTIVE], otherwise: 'Only a tenant that is active can be changed.' },
} as const satisfies Record<string, Transition>;
