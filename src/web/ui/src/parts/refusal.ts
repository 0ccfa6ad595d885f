/**
 * Why the gateway did not take what a person ordered, in words.
 */
import { t } from "../state/preferences";
import { ORDER_TIMEOUT_MS, type Refusal } from "../wire/api";

export function reasonOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case "refused":
      return refusal.detail;
    case "no_answer":
      return t.value("acknowledge_no_answer", { n: ORDER_TIMEOUT_MS / 1000 });
    case "unreachable":
      return t.value("acknowledge_unreachable");
  }
}
