// Related items of products: RATE requests a second for DURATION, each for a random product.

import { constantLoad, readOne } from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';
export const options = constantLoad(['GET /products/:id/related']);
export default readOne('GET /products/:id/related');
