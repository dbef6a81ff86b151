// Makes cards, and shows their codes: the server keeps only digests of them.
import { useRef, useState } from "preact/hooks";
import { hindrance } from "../actions/perform";
import type { MadeCards, Student } from "../api/class";
import { ApiError, call } from "../api/http";
import { plain } from "../lib/plain-text";
import { useStore } from "../lib/store";
import { settings } from "../state/settings";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { cardsCommand } from "./actions";

export interface CardsProps {
  readonly name: string;
  /** Only for this student. */
  readonly student?: Student | undefined;
  readonly close: () => void;
}

type State =
  | { kind: "asking" | "making" | "without" }
  | { kind: "failed"; error: ApiError }
  | { kind: "made"; made: MadeCards };

export function Cards({ name, student, close }: CardsProps) {
  const { names } = useStore(settings);
  const [state, set] = useState<State>({ kind: "asking" });
  const [warned, warn] = useState(false);
  const make = async () => {
    if (state.kind !== "asking" || hindrance()) return;
    set({ kind: "making" });
    const body = { class: name, student: student?.seat ?? null, address: location.origin, "hide-names": !names };
    try {
      const { outcome } = await call<{ outcome?: MadeCards }>("POST", "/requests/class-cards", body);
      set(outcome ? { kind: "made", made: outcome } : { kind: "without" });
    } catch (cause) {
      set({ kind: "failed", error: ApiError.of(cause) });
    }
  };
  // A click beside the dialog must not lose the only copy of the codes.
  const leave = () => (state.kind === "made" && !warned ? warn(true) : close());
  const footer =
    state.kind === "asking" ? (
      <>
        <Button onClick={close}>Cancel</Button>
        <Button kind="primary" submit hindered={hindrance()}>
          Make cards
        </Button>
      </>
    ) : (
      <Button onClick={leave}>Close</Button>
    );
  return (
    <Dialog title="Cards" close={leave} footer={footer} submit={make} wide={state.kind === "made"}>
      {state.kind === "asking" && <Warning student={student} />}
      {state.kind === "making" && <p class="loading">Making cards…</p>}
      {state.kind === "failed" && <Failure error={state.error.error} />}
      {state.kind === "made" && <Made made={state.made} names={names} />}
      {state.kind === "without" && (
        <p class="note" role="alert">
          The server has made cards, and did not send their codes. Make them again with the command.
        </p>
      )}
      {state.kind !== "made" && <Command text={cardsCommand(student?.seat)} />}
      {warned && (
        <p class="note" role="alert">
          The codes are not shown again. Close once more to leave them.
        </p>
      )}
    </Dialog>
  );
}

function Warning({ student }: { student: Student | undefined }) {
  const who = student && (settings.value.names ? plain(student.name) : student.seat);
  return (
    <>
      <p>
        {student
          ? `A new card for ${who}, who can then join with another browser.`
          : "A card for each student who has not joined yet. Each works once."}
      </p>
      <p>
        <strong>Cards that were made before for them are void.</strong> The codes are shown once.
      </p>
    </>
  );
}

function Made({ made, names }: { made: MadeCards; names: boolean }) {
  const frame = useRef<HTMLIFrameElement>(null);
  if (made.cards.length === 0) return <p>All students have joined: no card was made.</p>;
  return (
    <>
      <p>
        Students open <code>{location.origin}</code> and type their code. The codes are not shown again.
      </p>
      {made.page && (
        <>
          <div class="actions">
            <Button kind="primary" onClick={() => frame.current?.contentWindow?.print()}>
              Print
            </Button>
          </div>
          {/* No script runs in it; this page may only print it. */}
          <iframe
            ref={frame}
            class="cards-page"
            title="Cards to print"
            sandbox="allow-same-origin allow-modals"
            srcdoc={made.page}
          />
        </>
      )}
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Seat</th>
              {names && <th scope="col">Name</th>}
              <th scope="col">Code</th>
            </tr>
          </thead>
          <tbody>
            {made.cards.map((one) => (
              <tr key={one.student.seat}>
                <th scope="row">{one.student.seat}</th>
                {names && <td>{plain(one.student.name)}</td>}
                <td class="mono card-code">{one.code}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
