// What is said of arguments that name a locale.
export const LOCALE = 'BCP 47 tag, e.g. `pt-BR`. Absent or null: what the request prefers (`Accept-Language`), else the `locale` of the shop.';
