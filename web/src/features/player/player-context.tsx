// Carries the player to its controls.

import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Player, PlayerState } from './player';

const OpenPlayer = createContext<Player | null>(null);

/** Puts the player around its stage and controls. */
export const PlayerProvider = OpenPlayer;

/** The player, for its methods. */
export function usePlayer(): Player {
  const player = useContext(OpenPlayer);
  if (!player) throw new Error('used outside PlayerProvider');
  return player;
}

/** A part of its state. */
export function usePlayerState<Part>(select: (state: PlayerState) => Part): Part {
  return useStore(usePlayer().store, select);
}
