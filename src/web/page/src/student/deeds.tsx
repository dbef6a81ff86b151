// What a student does: asks first if something is lost, then starts it, and reports in that language.
import { ApiError, change } from "../api/http";
import { reasons } from "../lib/reasons";
import { openModal, say } from "../state/modal";
import { type Ends, remember } from "../state/own";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { words } from "./words";

export interface Deed extends Ends {
  readonly request: string;
  readonly body: object;
}

/** Starts it; the id of its operation, or none if it was refused. */
export async function begin({ request, body, ...ends }: Deed): Promise<string | undefined> {
  try {
    const operation = await change(request, body);
    remember(operation, ends);
    return operation;
  } catch (cause) {
    say({ tone: "bad", text: ends.failed, detail: reasons(ApiError.of(cause).error, true) });
    return undefined;
  }
}

export interface QuestionFirst {
  readonly title: string;
  /** What is lost, or what it costs. */
  readonly texts: readonly string[];
  readonly label: string;
  readonly danger?: boolean;
}

/** Asks, and then starts it. `then` gets the id of the operation. */
export function ask(question: QuestionFirst, deed: Deed, then?: (operation: string) => void): void {
  const go = async () => {
    const operation = await begin(deed);
    if (operation !== undefined) then?.(operation);
  };
  openModal((close) => <Ask question={question} close={close} go={go} />);
}

function Ask({ question, close, go }: { question: QuestionFirst; close: () => void; go: () => Promise<void> }) {
  const { title, texts, label, danger } = question;
  const w = words();
  const footer = (
    <>
      <Button onClick={close}>{w.cancel}</Button>
      <Button kind={danger ? "danger" : "primary"} submit>
        {label}
      </Button>
    </>
  );
  const submit = () => {
    close();
    void go();
  };
  return (
    <Dialog title={title} close={close} footer={footer} submit={submit}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </Dialog>
  );
}
