import { adam, loadTrainingProgram } from 'wasmgrad/training';

const program = await loadTrainingProgram(globalThis.bytes, { optimizer: adam() });
await program.fit(globalThis.x, globalThis.y, { epochs: 5 });
