// Every family of reference cases that the library computes.

import type { GoldenFamily } from '../suite.js';
import { family as activations } from './activations.js';
import { family as attention } from './attention.js';
import { family as clippingEma } from './clippingEma.js';
import { families as convolutions } from './convolution.js';
import { family as dense } from './dense.js';
import { family as embedding } from './embedding.js';
import { family as endToEnd } from './endToEnd.js';
import { family as ensembles } from './ensembles.js';
import { family as linearModels } from './linearModels.js';
import { family as losses } from './losses.js';
import { family as metrics } from './metrics.js';
import { family as normalization } from './normalization.js';
import { family as optimizers } from './optimizers.js';
import { family as recurrent } from './recurrent.js';
import { family as pooling } from './pooling.js';
import { family as preprocessing } from './preprocessing.js';
import { family as regularizers } from './regularizers.js';
import { family as schedules } from './schedules.js';
import { family as tensorOps } from './tensorOps.js';

export const FAMILIES: readonly GoldenFamily[] = [
  activations,
  attention,
  clippingEma,
  ...convolutions,
  dense,
  embedding,
  endToEnd,
  ensembles,
  linearModels,
  losses,
  metrics,
  normalization,
  optimizers,
  recurrent,
  pooling,
  preprocessing,
  regularizers,
  schedules,
  tensorOps,
];
