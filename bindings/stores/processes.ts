// Which processes of this machine run.

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It runs, and is not ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
