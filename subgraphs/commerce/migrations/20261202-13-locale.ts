// In which locale a shop writes, and taxes of whole categories.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const locale = sqlMigration('20261202-13-locale', [
  `alter table commerce.shop add column locale text not null default 'en' check (locale <> '')`,
  `alter table commerce.category add column tax_rate_ppm integer check (tax_rate_ppm between 0 and 1000000)`,
]);
