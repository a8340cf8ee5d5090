// How much of a file its fingerprint reads.

/** First, middle and last part of this size, bytes: tells one export from the next, and takes milliseconds. */
export const FINGERPRINT_PART_BYTES = 1_048_576;
