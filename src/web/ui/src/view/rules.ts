/**
 * What people call a rule. Pure.
 */
import { isPlainKey, type Speak } from "../words/speak";

/** A rule that this page does not know keeps the gateway's word. */
export function ruleName(rule: string, say: Speak): string {
  const key = `rule_${rule}`;
  return isPlainKey(key) ? say(key) : rule.replaceAll("_", " ");
}
