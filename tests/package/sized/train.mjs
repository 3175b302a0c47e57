import { adam, dense, dropout, sequential } from 'wasmgrad';

const layers = [dense(512, { activation: 'relu', inputShape: [784] }), dropout(0.2), dense(10)];
const model = sequential(layers, { seed: 1 });
model.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
await model.fit(globalThis.x, globalThis.y, { epochs: 5 });
