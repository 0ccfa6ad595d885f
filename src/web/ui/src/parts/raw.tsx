/**
 * An entry of the journal by its number and hash, and as it is on the wire, on demand.
 */
import { t } from "../state/preferences";
import type { Entry } from "../wire/types";

/** Enough of a hash to tell two apart at a glance; the whole of it is the tooltip. */
const HASH_SHOWN = 8;

export function Raw({ entry }: { entry: Entry }) {
  const say = t.value;
  return (
    <details class="raw">
      <summary>
        {say("entry_number", { seq: entry.seq })}
        {entry.hash !== "" && (
          <code class="hash" title={entry.hash}>
            {entry.hash.slice(0, HASH_SHOWN)}
          </code>
        )}
      </summary>
      <pre tabIndex={0} aria-label={say("entry_number", { seq: entry.seq })}>
        {JSON.stringify(entry, null, 2)}
      </pre>
    </details>
  );
}
