// What is expected of a kept file: figures of its use, the same in every later version.

import { loadModel, loadPreprocessedModel } from '../../bindings/index.js';
import { fitOptions, labels, rows, signal, words } from './models.js';

export interface Figures {
  predictions: number[][];
  /** Loss of each epoch after a resume, for files with training. */
  losses?: number[];
}

export const USES: Readonly<Record<string, (file: Uint8Array) => Promise<Figures>>> = {
  async graph(file) {
    using net = await loadModel(file);
    const predictions = (await net.predictAll([words, signal])).map(({ data }) => [...data]);
    const { history } = await net.fit([words, signal], labels, { ...fitOptions(), resume: true });
    return { predictions, losses: history.loss! };
  },
  async table(file) {
    const whole = await loadPreprocessedModel(file);
    using _ = whole.model;
    return { predictions: [[...(await whole.predict([...rows, { age: 5, port: 'Z' }])).data]] };
  },
};
