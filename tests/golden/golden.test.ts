// Every family of reference cases in the repository.

import { FAMILIES } from './families/index.js';
import { goldenSuite } from './suite.js';

FAMILIES.forEach(goldenSuite);
