/**
 * A state as shape, colour and word, so that none of the three is needed alone.
 */
import type { ComponentChildren } from "preact";

/** `look`: amber; `act`: red; `unknown`: blue-grey and dashed; `good` and `calm` ask for nothing. */
export type Tone = "good" | "calm" | "look" | "act" | "unknown";

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg class={`shape tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {outline(tone)}
    </svg>
  );
}

function outline(tone: Tone) {
  switch (tone) {
    case "good":
      return <circle cx="6" cy="6" r="4" />;
    case "calm":
      return <circle cx="6" cy="6" r="3.5" class="hollow" />;
    case "look":
      return <path d="M6 1.2 11.3 10.6H.7z" />;
    case "act":
      return <path d="M6 .6 11.4 6 6 11.4.6 6z" />;
    case "unknown":
      return <circle cx="6" cy="6" r="4" class="hollow dashed" />;
  }
}

export function Mark({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`mark tone-${tone}`}>
      <Shape tone={tone} />
      <span>{children}</span>
    </span>
  );
}
