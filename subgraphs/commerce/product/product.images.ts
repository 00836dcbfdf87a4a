// Pictures of a product, held to what is kept.
import { invalidInput } from '../../kernel/base/errors.js';
import { textOf, webAddressOf } from '../given.js';
import type { ProductImage } from './product.entity.js';
import type { ProductImageInput } from './product.inputs.js';

const MOST = 10;

/** @throws Refusal InputInvalid */
export function imagesOf(given: readonly ProductImageInput[], field: readonly string[]): ProductImage[] {
  if (given.length > MOST) throw invalidInput(`Give at most ${MOST} pictures.`, field);
  return given.map(({ url, alt }, place) => {
    const path = [...field, String(place)];
    const address = webAddressOf(url, [...path, 'url']);
    if (address === null) throw invalidInput('Say where it is.', [...path, 'url']);
    return { url: address, alt: textOf(alt, [...path, 'alt'], 300) };
  });
}
