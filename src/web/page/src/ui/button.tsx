// Buttons. Each that changes something shows the command it stands for.
import { type ComponentChildren, Fragment } from "preact";
import { administratorOnly, hindrance, perform } from "../actions/perform";
import type { Action } from "../actions/catalog";
import { word } from "../words";
import { Icon, type IconName } from "./icons";

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly icon?: IconName | undefined;
  readonly kind?: "primary" | "plain" | "quiet" | "danger" | undefined;
  readonly small?: boolean | undefined;
  readonly tip?: string | undefined;
  readonly label?: string | undefined;
  /** The reason why it cannot be used; the button says so. */
  readonly hindered?: string | undefined;
  readonly pressed?: boolean | undefined;
  readonly submit?: boolean | undefined;
  readonly onClick?: ((event: MouseEvent) => void) | undefined;
}

export function Button(props: ButtonProps) {
  const { children, icon, kind = "plain", small, tip, label, hindered, pressed, submit, onClick } = props;
  // `aria-disabled`, not `disabled`: the reason must be reachable with the keyboard.
  const click = (event: MouseEvent) => {
    if (hindered) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind} ${small ? "small" : ""} ${children ? "" : "bare"}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-disabled={hindered ? true : undefined}
      aria-description={hindered ?? tip}
      data-tip={hindered ?? tip ?? label}
      onClick={click}
    >
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  );
}

export interface ActionButtonProps {
  readonly action: Action;
  readonly icon?: IconName;
  readonly kind?: ButtonProps["kind"];
  readonly small?: boolean;
  readonly busy?: string | null | undefined;
  readonly hindered?: string | undefined;
  readonly children?: ComponentChildren;
  readonly then?: (operation: string) => void;
}

/** A button that performs an action, and shows its command. */
export function ActionButton({ action, icon, kind, small, busy, hindered, children, then }: ActionButtonProps) {
  return (
    <Button
      icon={icon}
      kind={kind}
      small={small}
      tip={action.command}
      hindered={(action.administrator ? administratorOnly(busy) : hindrance(busy)) ?? hindered}
      onClick={() => perform(action, then)}
    >
      {children ?? `${action.label}${action.loses ? "…" : ""}`}
    </Button>
  );
}

interface CopyButtonProps {
  /** A function if it is known only when it is asked for. */
  readonly text: string | (() => string);
  readonly label?: string;
  readonly icon?: IconName;
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, label = word("Copy"), icon = "copy" }: CopyButtonProps) {
  const copy = async (event: MouseEvent) => {
    const button = event.currentTarget as HTMLElement;
    const done = await copied(typeof text === "string" ? text : text());
    button.setAttribute("data-tip", word(done ? "Copied" : "Not allowed by the browser"));
    button.dispatchEvent(new CustomEvent("tip", { bubbles: true }));
    setTimeout(() => button.setAttribute("data-tip", label), 1500);
  };
  return <Button icon={icon} kind="quiet" small label={label} onClick={copy} />;
}

/** `navigator.clipboard` exists only over HTTPS and on 127.0.0.1. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** A command that can be copied. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command" role="group" aria-label={word("Command")}>
      <span class="prompt" aria-hidden="true">
        $
      </span>
      <code>
        {text.split(" ").map((word, place) => (
          // A line ends between words, not behind the hyphens of an option.
          <Fragment key={place}>
            {place > 0 && " "}
            <span>{word}</span>
          </Fragment>
        ))}
      </code>
      <CopyButton text={text} label={word("Copy the command")} />
    </div>
  );
}
