// Which columns of a subgraph hold sealed values, as data: what rotation goes over, and what proves that no value opens elsewhere.

export interface SealedColumn {
  table: string;
  /** Of type bytea. */
  column: string;
  /** The column of type uuid that is the row's part of the address, unique within the key's tenant. */
  row: string;
  /** Whose key seals it: of the tenant that a column names, or of one that stands for the platform. */
  tenant: { column: string } | { platform: string };
}

export const isOfPlatform = (sealed: readonly SealedColumn[], tenantId: string): boolean =>
  sealed.some(({ tenant }) => 'platform' in tenant && tenant.platform === tenantId);
