// What a thread runs: an instance of the core on the memory that all share, which takes its part of instructions for ever.
// Plain JavaScript that imports nothing, so that it is a worker's script as it stands: in Node, in a page, under any CSP.

const nodePort = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort;
const port = nodePort ?? globalThis;

/** The core and its memory, once they were sent; then comes the place in the team. */
let core;
let memory;

function receive(message) {
  if (core) return work(message);
  const { module, scratchAddress } = message;
  memory = message.memory;
  core = new WebAssembly.Instance(module, { env: { memory } }).exports;
  core.setScratch(scratchAddress);
  port.postMessage('ready');
}

/** See assembly/lib/team.ts: `teamAddress` is that of the turn, too. */
function work({ teamAddress, sleepingAddress, part }) {
  const words = new Int32Array(memory.buffer);
  for (;;) {
    try {
      const turn = core.work(teamAddress, part);
      Atomics.add(words, sleepingAddress >> 2, 1);
      Atomics.wait(words, teamAddress >> 2, turn);
      Atomics.sub(words, sleepingAddress >> 2, 1);
    } catch {
      core.reportTrap();
    }
  }
}

if (nodePort) nodePort.on('message', receive);
else globalThis.onmessage = (event) => receive(event.data);
