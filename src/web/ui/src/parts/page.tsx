/**
 * The head of a page: its name, and what belongs beside it.
 */
import type { ComponentChildren } from "preact";

interface HeadProps {
  title: string;
  /** Beside the title: a count, a search, a choice. */
  children?: ComponentChildren;
}

export function PageHead({ title, children }: HeadProps) {
  return (
    <header class="page-head">
      <h1>{title}</h1>
      {children}
    </header>
  );
}
