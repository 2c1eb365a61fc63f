/**
 * Whether an engine says that memory cannot be had: V8 "Array buffer allocation failed", "Invalid typed
 * array length", "could not allocate memory", "Unable to grow instance memory"; JavaScriptCore "Out of
 * memory".
 */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof RangeError &&
    /allocat|memory|invalid (typed )?array( buffer)? length/i.test(error.message)
  );
}
