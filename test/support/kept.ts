/** What a test starts runs until that test is over, however it ends; what was started last is stopped first. */
import { onTestFinished } from 'vitest';

export async function kept<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  onTestFinished(() => started.stop());
  return started;
}
