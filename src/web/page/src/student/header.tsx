// The header of a student: the class, the seat, the time, and help.
import { useEffect, useState } from "preact/hooks";
import type { Me } from "../api/class";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { openModal } from "../state/modal";
import { change, type Language, settings } from "../state/settings";
import { Button } from "../ui/button";
import { Logo } from "../ui/icons";
import { Tag } from "../ui/marks";
import { begin } from "./deeds";
import { me as live } from "./me";
import { Messages, useUnread } from "./messages";
import { SshButton } from "./ssh";
import { TimeLeft } from "./time-left";
import { useText, useWords } from "./words";

const LANGUAGES: readonly (readonly [Language, string, string])[] = [
  ["en", "EN", "English"],
  ["id", "ID", "Bahasa Indonesia"],
];

export function StudentHeader({ me }: { me: Me | undefined }) {
  const w = useWords();
  const text = useText();
  const { connection } = useStore(live);
  return (
    <header class="header student-header">
      <button type="button" class="skip" onClick={() => document.getElementById("task")?.focus()}>
        {w.skip}
      </button>
      <span class="wide-only">
        <Logo />
      </span>
      <div class="student-title">
        <h1>{me ? text(me.title) : "halab"}</h1>
        {me && (
          <p class="muted small">
            {w.seat(me.seat)} · {plain(me.members.join(", "))} {me.exam && <Tag tone="warn">{w.exam}</Tag>}
          </p>
        )}
      </div>
      {connection === "reconnecting" && (
        <span class="connection reconnecting" role="status">
          {w.reconnecting}
        </span>
      )}
      <span class="spring" />
      {me && <TimeLeft me={me} />}
      <div class="header-end">
        {me && <Hand me={me} />}
        {me && <MessagesButton me={me} />}
        {me && <SshButton />}
        <Appearance />
      </div>
    </header>
  );
}

function Hand({ me }: { me: Me }) {
  const w = useWords();
  const [waits, setWaits] = useState(false);
  useEffect(() => setWaits(false), [me.hand]);
  const turn = async () => {
    setWaits(true);
    const body = { instance: me.instance, up: !me.hand };
    const began = await begin({ request: "class-hand", body, done: undefined, failed: w.handFailed });
    if (began === undefined) setWaits(false);
    else setTimeout(() => setWaits(false), 5000);
  };
  return (
    <Button
      icon="hand"
      pressed={me.hand}
      tip={w.handTip}
      hindered={me.phase === "over" ? w.over : waits ? w.loading : undefined}
      onClick={turn}
    >
      {me.hand ? w.handIsUp : w.raiseHand}
    </Button>
  );
}

function MessagesButton({ me }: { me: Me }) {
  const w = useWords();
  const count = useUnread(me);
  return (
    <Button
      icon="message"
      label={count > 0 ? `${w.messages}, ${w.newMessages(count)}` : w.messages}
      onClick={() => openModal((close) => <Messages close={close} />)}
    >
      <span class="wide-only">{w.messages} </span>
      {count > 0 && <span class="count busy">{w.newMessages(count)}</span>}
    </Button>
  );
}

function Appearance() {
  const w = useWords();
  const { language, theme, large } = useStore(settings);
  const dark = document.documentElement.getAttribute("data-theme") === "dark";
  return (
    <>
      <div class="switch" role="group" aria-label={w.language}>
        {LANGUAGES.map(([one, short, name]) => (
          <button
            key={one}
            type="button"
            lang={one}
            aria-label={name}
            aria-pressed={language === one}
            onClick={() => change({ language: one })}
          >
            {short}
          </button>
        ))}
      </div>
      <Button
        key={theme}
        icon={dark ? "moon" : "sun"}
        kind="quiet"
        label={w.colours}
        onClick={() => change({ theme: dark ? "light" : "dark" })}
      />
      <span class="wide-only">
        <Button
          icon="text"
          kind="quiet"
          label={w.largeText}
          pressed={large}
          onClick={() => change({ large: !large })}
        />
      </span>
    </>
  );
}
