/**
 * A page that is loaded when it is first wanted, and fetched ahead when the first one stands: a reader who loses the
 * network finds every page all the same.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { t } from "../state/preferences";
import { Empty } from "./panel";

type Load = () => Promise<{ default: ComponentType }>;

export interface Lazy {
  Content: ComponentType;
  /** Fetches it ahead; a failure is no harm, it is tried again when it is wanted. */
  ahead: () => Promise<void>;
}

export function lazy(load: Load): Lazy {
  const state = signal<ComponentType | "waiting" | "failed">("waiting");
  let loading: Promise<void> | null = null;
  const fetchIt = (): Promise<void> => {
    loading ??= load().then(
      (module) => void (state.value = module.default),
      () => {
        loading = null;
        state.value = "failed";
      },
    );
    return loading;
  };
  const Content: ComponentType = () => {
    const now = state.value;
    if (now === "failed") return <Failed again={() => ((state.value = "waiting"), void fetchIt())} />;
    if (now === "waiting") {
      void fetchIt();
      return <p class="page-waiting quiet">{t.value("page_loading")}</p>;
    }
    const Loaded = now;
    return <Loaded />;
  };
  return {
    Content,
    ahead: async () => {
      await fetchIt();
      if (state.value === "failed") state.value = "waiting";
    },
  };
}

/** The gateway was replaced by a newer one under the page, or there is no network. */
function Failed({ again }: { again: () => void }) {
  const say = t.value;
  return (
    <Empty title={say("page_failed")} hint={say("page_failed_hint")}>
      <p class="empty-actions">
        <button type="button" class="button" onClick={again}>
          {say("page_again")}
        </button>{" "}
        <button type="button" class="button" onClick={() => location.reload()}>
          {say("page_reload")}
        </button>
      </p>
    </Empty>
  );
}
