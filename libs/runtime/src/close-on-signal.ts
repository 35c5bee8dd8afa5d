/** Ends the process in order on SIGINT and SIGTERM: closes once, exits 0, or 1 when closing fails. */
export function closeOnSignal(application: { close(): Promise<void> }): void {
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing ??= application.close();
    closing.then(() => process.exit(0), (error: unknown) => { console.error(error); process.exit(1); });
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}
