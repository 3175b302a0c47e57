// In the place of dispatch.ts in the core that only predicts (scripts/build-core.mjs).

export { runForward as runInstruction } from './dispatchForward';
