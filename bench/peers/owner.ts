/** For pools whose owners have no tasks of a bench, only segments. */

/** Answers when the owner is ready. */
export function ready(): boolean {
  return true;
}
