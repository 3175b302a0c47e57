import { attention } from './families/attention.js';
import { normalization } from './families/normalization.js';
import { regularizers } from './families/regularizers.js';
import { goldenSuite } from './suite.js';
[attention, normalization, regularizers].forEach(goldenSuite);
