/**
 * The reader's own choices: name, language, colours, and whether new alerts make themselves heard.
 */
import type { ComponentChildren } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { alarm, chooseAlarm, language, paint, person, signAs, speak, t, theme, THEMES } from "../state/preferences";
import { SEVERITIES } from "../view/alarm";
import { LANGUAGES, type Language } from "../words/speak";
import { useModal } from "./modal";

/** Each in its own language: whoever reads only one finds it. */
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", "zh-CN": "中文" };

type AlarmModule = typeof import("../state/alarm");
const open = signal(false);
/** What makes the sound, once somebody wanted it. */
const maker = signal<AlarmModule | null>(null);

export async function bringAlarm(): Promise<AlarmModule | null> {
  try {
    maker.value ??= await import("../state/alarm");
    maker.value.watch();
  } catch {
    // Without the network: the choice stays, and is followed with the next look.
  }
  return maker.value;
}

export function openSettings(): void {
  open.value = true;
}

export function SettingsDialog() {
  const say = t.value;
  const shown = open.value;
  const dialog = useModal(shown);
  const done = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    signAs(String(form.get("name") ?? ""));
    open.value = false;
  };
  return (
    <dialog ref={dialog} class="dialog settings" aria-labelledby="settings-title" onClose={() => (open.value = false)}>
      {shown && (
        <form onSubmit={done}>
          <h2 id="settings-title">{say("settings")}</h2>
          <label>
            <span>{say("name_field")}</span>
            <input
              name="name"
              maxLength={60}
              autocomplete="name"
              defaultValue={person.value}
              aria-describedby="settings-name-hint"
              onChange={(event) => signAs(event.currentTarget.value)}
            />
            <small id="settings-name-hint">{say("name_hint")}</small>
          </label>
          <Choice legend={say("settings_language")}>
            {LANGUAGES.map((one) => (
              <Radio key={one} name="language" text={LANGUAGE_NAMES[one]} lang={one} checked={language.value === one} onChoose={() => speak(one)} />
            ))}
          </Choice>
          <Choice legend={say("settings_colours")}>
            {THEMES.map((one) => (
              <Radio key={one} name="theme" text={say(`theme_${one}`)} checked={theme.value === one} onChoose={() => paint(one)} />
            ))}
          </Choice>
          <AlarmChoices />
          <div class="dialog-actions">
            <button type="submit" class="button button-main">
              {say("settings_done")}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}

function AlarmChoices() {
  const say = t.value;
  const { sound, notification, from } = alarm.value;
  const [refused, refuse] = useState<"asking" | "denied" | "insecure" | "none" | null>(null);
  useEffect(() => {
    if (notification && permission() !== "granted") refuse(permission() === "default" ? null : why());
  }, [notification]);
  const setSound = async (wanted: boolean): Promise<void> => {
    chooseAlarm({ sound: wanted });
    if (!wanted) return;
    const made = await bringAlarm();
    await made?.wake();
  };
  const setNotification = async (wanted: boolean): Promise<void> => {
    refuse(null);
    if (!wanted) return chooseAlarm({ notification: false });
    if (permission() === "default") refuse("asking");
    const answer = permission() === "default" ? await ask() : permission();
    refuse(null);
    if (answer !== "granted") {
      refuse(why());
      return chooseAlarm({ notification: false });
    }
    chooseAlarm({ notification: true });
    await bringAlarm();
  };
  const muted = maker.value?.mute.value ?? null;
  return (
    <fieldset class="settings-alarm">
      <legend>{say("alarm")}</legend>
      <div class="settings-line">
        <label class="check">
          <input type="checkbox" checked={sound} onChange={(event) => void setSound(event.currentTarget.checked)} />
          <span>{say("alarm_sound")}</span>
        </label>
        {sound && (
          <button type="button" class="button" onClick={() => void bringAlarm().then((made) => made?.chime(from))}>
            {say("alarm_try")}
          </button>
        )}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={notification}
          onChange={(event) => {
            const wanted = event.currentTarget.checked;
            // It stands as chosen only when the browser has agreed.
            event.currentTarget.checked = notification;
            void setNotification(wanted);
          }}
        />
        <span>{say("alarm_notification")}</span>
      </label>
      <p class="settings-refused" role="status">
        {refused !== null && say(`alarm_${refused}`)}
        {sound && muted !== null && ` ${say(muted === "no_audio" ? "alarm_no_audio" : "alarm_waits")}`}
      </p>
      {(sound || notification) && (
        <label>
          <span>{say("alarm_from")}</span>
          <select value={from} onChange={(event) => chooseAlarm({ from: SEVERITIES.find((one) => one === event.currentTarget.value) ?? from })}>
            {SEVERITIES.map((one) => (
              <option key={one} value={one} selected={one === from}>
                {say(`alarm_from_${one}`)}
              </option>
            ))}
          </select>
        </label>
      )}
    </fieldset>
  );
}

function permission(): NotificationPermission {
  return "Notification" in window ? Notification.permission : "denied";
}

async function ask(): Promise<NotificationPermission> {
  try {
    return await Notification.requestPermission();
  } catch {
    return "denied";
  }
}

/** Why there are no notifications, as far as the browser lets one see. */
function why(): "denied" | "insecure" | "none" {
  if (!window.isSecureContext) return "insecure";
  return "Notification" in window ? "denied" : "none";
}

function Choice({ legend, children }: { legend: string; children: ComponentChildren }) {
  return (
    <fieldset class="segments">
      <legend>{legend}</legend>
      <div>{children}</div>
    </fieldset>
  );
}

interface RadioProps {
  name: string;
  text: string;
  lang?: string;
  checked: boolean;
  onChoose: () => void;
}

function Radio({ name, text, lang, checked, onChoose }: RadioProps) {
  return (
    <label class="segment">
      <input type="radio" name={name} checked={checked} onChange={onChoose} />
      <span {...(lang === undefined ? {} : { lang })}>{text}</span>
    </label>
  );
}
