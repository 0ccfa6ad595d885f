/**
 * What the map shows, kept while the reader is on another page. Draws nothing.
 */
import { signal } from "@preact/signals";
import type { Place } from "../view/sketch";

export interface MapView {
  middle: Place;
  zoom: number;
}

/** Null until somebody has seen the map. */
let kept: MapView | null = null;

export function keepView(view: MapView): void {
  kept = view;
}

export function keptView(): MapView | null {
  return kept;
}

/** Whether the map moves along with the chosen vehicle; a hand on the map ends it. Null where there is no map. */
export const following = signal<boolean | null>(null);
