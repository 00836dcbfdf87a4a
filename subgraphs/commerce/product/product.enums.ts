// The words by which products are told apart.
import { registerEnumType } from 'type-graphql';

export enum ProductKindEnum { PRODUCT = 'PRODUCT', MENU_ITEM = 'MENU_ITEM', SERVICE = 'SERVICE', SOLUTION = 'SOLUTION' }
registerEnumType(ProductKindEnum, {
  name: 'ProductKind', description: 'What sort of thing is sold.',
  valuesConfig: {
    PRODUCT: { description: 'Goods.' },
    MENU_ITEM: { description: 'A dish or drink, on the menu at its times of day.' },
    SERVICE: { description: 'Work for the customer.' },
    SOLUTION: { description: 'Several things sold as an answer to one need.' },
  },
});

/** The substances of Annex II of Regulation (EU) No 1169/2011. */
export enum Allergen {
  GLUTEN = 'GLUTEN', CRUSTACEANS = 'CRUSTACEANS', EGGS = 'EGGS', FISH = 'FISH', PEANUTS = 'PEANUTS', SOYBEANS = 'SOYBEANS', MILK = 'MILK', NUTS = 'NUTS',
  CELERY = 'CELERY', MUSTARD = 'MUSTARD', SESAME = 'SESAME', SULPHITES = 'SULPHITES', LUPIN = 'LUPIN', MOLLUSCS = 'MOLLUSCS',
}
registerEnumType(Allergen, {
  name: 'Allergen', description: 'A substance that must be told of in the European Union (Regulation 1169/2011, Annex II).',
  valuesConfig: {
    GLUTEN: { description: 'Cereals with gluten.' }, CRUSTACEANS: { description: 'Crustaceans.' }, EGGS: { description: 'Eggs.' }, FISH: { description: 'Fish.' },
    PEANUTS: { description: 'Peanuts.' }, SOYBEANS: { description: 'Soybeans.' }, MILK: { description: 'Milk, lactose too.' }, NUTS: { description: 'Nuts.' },
    CELERY: { description: 'Celery.' }, MUSTARD: { description: 'Mustard.' }, SESAME: { description: 'Sesame seeds.' },
    SULPHITES: { description: 'Sulphur dioxide and sulphites.' }, LUPIN: { description: 'Lupin.' }, MOLLUSCS: { description: 'Molluscs.' },
  },
});

export enum DietaryTag { VEGETARIAN = 'VEGETARIAN', VEGAN = 'VEGAN', HALAL = 'HALAL', KOSHER = 'KOSHER', GLUTEN_FREE = 'GLUTEN_FREE', LACTOSE_FREE = 'LACTOSE_FREE' }
registerEnumType(DietaryTag, {
  name: 'DietaryTag', description: 'For whom something is fit, as the tenant says.',
  valuesConfig: {
    VEGETARIAN: { description: 'No meat or fish.' }, VEGAN: { description: 'Nothing of animals.' }, HALAL: { description: 'Halal.' }, KOSHER: { description: 'Kosher.' },
    GLUTEN_FREE: { description: 'Without gluten.' }, LACTOSE_FREE: { description: 'Without lactose.' },
  },
});
