// All reads, mixed as product pages mix them: RATE requests a second for DURATION, each for a random product.

import { constantLoad, readAny, readNames } from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';
export const options = constantLoad(readNames);
export default readAny;
