/** The system's own words for a failed call, e.g. `ENOSPC: no space left on device`. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node appends the call and its paths after a comma: `…, open 'model.json'`.
  return fromSystem(error) ? message.split(',', 1)[0]! : message;
}

export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether the system said so, and not a runtime that has no such call or forbids it. */
export function fromSystem(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
}
