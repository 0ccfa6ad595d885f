/**
 * The kind of a rejection, told from the gateway's own sentence: the entry keeps the sentence alone. Pure.
 */
import { isPlainKey, type Speak } from "../words/speak";

/** How each sentence of the gateway begins, or what stands in it. In this order: a more special one first. */
const SIGNS: readonly (readonly [word: string, sign: RegExp])[] = [
  ["empty", /^the payload is empty/],
  ["too_long", /^the payload has \d+ bytes, more than/],
  ["not_utf8", /^byte \d+ is not UTF-8/],
  ["not_json", /^not JSON at byte/],
  ["too_deep", /^JSON is nested more than/],
  ["too_many_sources", /^more than \d+ sensors in one message/],
  ["no_codec", /is missing: the network server has no decoder/],
  ["missing", /^\$?\S* is missing; it must hold/],
  ["no_fix", /^\$\.lat and \$\.lon are both 0/],
  ["unknown_word", /^\S+ is ".*"; known are /s],
  ["time", /^\S+ is ".*", which is no time/s],
  ["range", /^\S+ is \S+; it must be from /],
  ["wrong_type", /^\S+ is .*; it must hold /],
  ["no_measure", /^no measured value in it/],
  ["all_values_refused", /^every value was refused/],
  ["outgoing_topic", /^devices must not publish on a topic/],
  ["unknown_topic", /^".*" is no topic of the contract/s],
  ["name_in_topic", /^the \w+ in the topic (is no name|begins or ends)/],
  ["topic_form", /^the topic is not of the form/],
  ["unknown_quantity", /^".*" does not tell what is measured/s],
  ["encrypted", /^the content is encrypted/],
  ["not_sparkplug", /^not a Sparkplug B payload/],
  ["no_birth", /^\d+ values carry an alias only/],
  ["number", /; write a plain decimal number$/],
  ["name", /; use 1 to 128 printable bytes$/],
  ["checksum", /^the checksum is \S+, but the bytes make/],
  ["no_checksum", /^there is no checksum/],
  ["cut_off", /^it is cut off/],
  ["tag_block", /^the TAG block before it is damaged/],
  ["field", /^.* cannot be ".*"$/s],
];

/** The gateway's word for its sentence; null for a sentence that is not known here. */
export function fateOf(reason: string): string | null {
  return SIGNS.find(([, sign]) => sign.test(reason))?.[0] ?? null;
}

/** The same in the reader's language. */
export function fateWord(reason: string, say: Speak): string | null {
  const key = `fate_${fateOf(reason) ?? ""}`;
  return isPlainKey(key) ? say(key) : null;
}
