// Joins class names; false and undefined fall out.

/** One string of class names. */
export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
