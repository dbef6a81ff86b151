// The questions of the exercise. An answer is written down, and judged when the work is checked.
import { useState } from "preact/hooks";
import type { Me, Question } from "../api/class";
import { plain } from "../lib/plain-text";
import { Button } from "../ui/button";
import { ChoiceField, TextField } from "../ui/field";
import { begin } from "./deeds";
import { useText, useWords } from "./words";

export function Questions({ me, stop }: { me: Me; stop: string | undefined }) {
  const w = useWords();
  const questions = me.current?.questions ?? [];
  if (questions.length === 0) return null;
  return (
    <section aria-labelledby="questions">
      <h2 id="questions">{w.questions}</h2>
      {questions.map((one) => (
        <OneQuestion key={one.check} question={one} me={me} stop={stop} />
      ))}
    </section>
  );
}

function OneQuestion({ question, me, stop }: { question: Question; me: Me; stop: string | undefined }) {
  const w = useWords();
  const text = useText();
  const [answer, setAnswer] = useState("");
  const given = (me.current?.answers ?? []).filter(([check]) => check === question.check);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (stop !== undefined || answer.trim() === "") return;
    const body = { check: question.check, answer: answer.trim(), instance: me.instance };
    void begin({ request: "answer", body, done: undefined, failed: w.answerFailed });
    setAnswer("");
  };
  const field = { label: w.answer, value: answer, set: setAnswer, hindered: stop };
  return (
    <form class="question" onSubmit={submit}>
      <p>{text(question.question)}</p>
      <div class="toolbar">
        {question.among.length > 0 ? (
          <ChoiceField
            {...field}
            choices={[["", w.choose], ...question.among.map((one) => [one, plain(one)] as const)]}
          />
        ) : (
          <TextField {...field} />
        )}
        <Button submit hindered={stop}>
          {w.writeDown}
        </Button>
      </div>
      {given.length > 0 && (
        <p class="small">
          <span class="muted">{w.writtenDown}</span> {given.map(([, one]) => plain(one)).join(" · ")}
        </p>
      )}
    </form>
  );
}
