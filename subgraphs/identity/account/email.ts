// Which texts are e-mail addresses here: what mailboxes and mail servers of today accept, in ASCII; at most 254 characters.

/** A dot-atom of RFC 5322 before the @, a domain of at least two labels behind it. Spaces around it are forgiven. */
export const EMAIL = /^ *(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])? *$/i;
export const EMAIL_MAX = 254;
