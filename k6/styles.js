// For the styles of a product: RATE requests a second for DURATION, each for another one of all products.

import { readOne, steadily } from './shop.js';

export { setup } from './shop.js';
export const options = steadily(['GET /products/:id/styles']);
export default readOne('GET /products/:id/styles');
