// The colours of the people of the channel that is open, so that a person has the same one in every panel.

import { createContext, useContext } from 'react';
import { personColor, type PersonColor } from './people-colors';

const Colors = createContext<ReadonlyMap<string, PersonColor>>(new Map());

/** Put around a channel's page. */
export const PeopleColors = Colors;

/** All of them, for stacks of faces. */
export function usePeopleColors(): ReadonlyMap<string, PersonColor> {
  return useContext(Colors);
}

/** A person's colour here. */
export function usePersonColor(person: string): PersonColor {
  return useContext(Colors).get(person) ?? personColor(person);
}
