// Fields of forms, each with a label and a remark.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  readonly label: string;
  readonly about?: ComponentChildren;
  readonly first?: boolean;
}

function Labelled({
  id,
  label,
  about,
  children,
}: {
  id: string;
  label: string;
  about?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {about && (
        <small id={`${id}-about`} class="about">
          {about}
        </small>
      )}
    </div>
  );
}

export interface TextFieldProps extends Common {
  readonly value: string;
  readonly set: (value: string) => void;
  readonly placeholder?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly required?: boolean;
  readonly lines?: number;
  readonly pattern?: string;
}

export function TextField({
  label,
  about,
  first,
  value,
  set,
  placeholder,
  choices,
  required,
  lines,
  pattern,
}: TextFieldProps) {
  const id = useId();
  const common = {
    id,
    value,
    placeholder,
    required,
    "aria-describedby": about ? `${id}-about` : undefined,
    "data-first": first ? "" : undefined,
    autocomplete: "off",
    spellcheck: false,
    autocapitalize: "off" as const,
  };
  const input = (event: { currentTarget: { value: string } }) => set(event.currentTarget.value);
  return (
    <Labelled id={id} label={label} about={about}>
      {lines ? (
        <textarea {...common} rows={lines} onInput={input} />
      ) : (
        <input {...common} type="text" pattern={pattern} list={choices ? `${id}-list` : undefined} onInput={input} />
      )}
      {choices && (
        <datalist id={`${id}-list`}>
          {choices.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </Labelled>
  );
}

export interface ChoiceFieldProps extends Common {
  readonly value: string;
  readonly set: (value: string) => void;
  readonly choices: readonly (readonly [value: string, text: string])[];
}

export function ChoiceField({ label, about, first, value, set, choices }: ChoiceFieldProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} about={about}>
      <select
        id={id}
        value={value}
        aria-describedby={about ? `${id}-about` : undefined}
        data-first={first ? "" : undefined}
        onChange={(event) => set(event.currentTarget.value)}
      >
        {choices.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function CheckField({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => set(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
