// How each operator is read.

import { constants } from './constants.js';
import { elementwise } from './elementwise.js';
import { linear } from './linear.js';
import { normalization } from './normalization.js';
import type { Operator } from './reader.js';
import { recurrentOperators } from './recurrent.js';
import { select } from './select.js';
import { shapes } from './shapes.js';
import { spatial } from './spatial.js';

export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...constants,
  ...elementwise,
  ...linear,
  ...normalization,
  ...recurrentOperators,
  ...select,
  ...shapes,
  ...spatial,
};
