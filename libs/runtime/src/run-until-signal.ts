/** Runs an application until SIGINT or SIGTERM; then closes it once and exits 0, or 1 when starting or closing fails. */
export async function runUntilSignal(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  try {
    closeOnSignal(await start());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

function closeOnSignal(application: { close(): Promise<void> }): void {
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing ??= application.close();
    closing.then(() => process.exit(0), (error: unknown) => { console.error(error); process.exit(1); });
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}
