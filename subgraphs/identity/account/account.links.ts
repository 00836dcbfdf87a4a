// Links to the frontend. The secret stands in the fragment, which browsers send to no server and into no Referer header.

export type LinkPage = 'verify-email' | 'reset-password' | 'confirm-email' | 'forgot-password';

/** @param publicUrl without a slash at the end */
export const linkTo = (publicUrl: string, page: LinkPage, secret?: string): string =>
  `${publicUrl}/${page}${secret === undefined ? '' : `#token=${secret}`}`;
