// Fields of forms, each with a label and a remark.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  readonly label: string;
  readonly about?: ComponentChildren;
  readonly first?: boolean;
  /** The reason why it cannot be changed now. */
  readonly hindered?: string | undefined;
}

interface LabelledProps extends Pick<Common, "label" | "about" | "hindered"> {
  readonly id: string;
  readonly children: ComponentChildren;
}

function Labelled({ id, label, about, hindered, children }: LabelledProps) {
  return (
    <div class="field" data-tip={hindered}>
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
  hindered,
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
    disabled: hindered !== undefined,
    "aria-describedby": about ? `${id}-about` : undefined,
    "data-first": first ? "" : undefined,
    autocomplete: "off",
    spellcheck: false,
    autocapitalize: "off" as const,
  };
  const input = (event: { currentTarget: { value: string } }) => set(event.currentTarget.value);
  return (
    <Labelled id={id} label={label} about={about} hindered={hindered}>
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

export function ChoiceField({ label, about, first, hindered, value, set, choices }: ChoiceFieldProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} about={about} hindered={hindered}>
      <select
        id={id}
        value={value}
        disabled={hindered !== undefined}
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

export interface CheckFieldProps extends Pick<Common, "label" | "hindered"> {
  readonly value: boolean;
  readonly set: (value: boolean) => void;
}

export function CheckField({ label, hindered, value, set }: CheckFieldProps) {
  const disabled = hindered !== undefined;
  return (
    <label class="check" data-tip={hindered}>
      <input
        type="checkbox"
        disabled={disabled}
        checked={value}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
