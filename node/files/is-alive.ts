/** Whether there is a process of that number here: this one's machine or container. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Else it is another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
