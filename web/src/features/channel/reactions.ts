// The six reactions, in the order of their keys.

/** Thumbs up, heart, laughing, astonished, clapping, party. */
export const REACTIONS = ['👍', '❤️', '😂', '😮', '👏', '🎉'] as const;
