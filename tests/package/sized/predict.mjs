import { dense, sequential } from 'wasmgrad';

const model = sequential([dense(512, { activation: 'relu', inputShape: [784] }), dense(10)]);
model.setParameters(globalThis.parameters);
console.log(model.predictSync(globalThis.x));
