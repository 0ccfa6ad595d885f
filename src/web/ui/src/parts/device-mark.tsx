/**
 * A device's state as shape and word, the same wherever it stands.
 */
import { t } from "../state/preferences";
import type { DeviceState } from "../wire/types";
import { Mark, type Tone } from "./mark";

export const DEVICE_TONES: Readonly<Record<DeviceState, Tone>> = {
  online: "good",
  offline: "look",
  silent: "look",
  unknown: "unknown",
  no_fix: "unknown",
};

export function DeviceMark({ state }: { state: DeviceState }) {
  return <Mark tone={DEVICE_TONES[state]}>{t.value(`device_${state}`)}</Mark>;
}
