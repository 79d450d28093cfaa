// All reads mixed as product pages mix them: RATE requests a second for DURATION, each for another one of all products.

import { readAny, readNames, steadily } from './shop.js';

export { setup } from './shop.js';
export const options = steadily(readNames);
export default readAny;
