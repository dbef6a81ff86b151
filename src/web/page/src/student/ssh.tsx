// The own SSH client of a student: the commands for it, and the key by which the server knows the student.
import { useState } from "preact/hooks";
import type { Me } from "../api/class";
import { ApiError, change } from "../api/http";
import type { AppError } from "../api/types";
import { useStore } from "../lib/store";
import { chosen, overview } from "../state/live";
import { openModal } from "../state/modal";
import { session } from "../state/session";
import { Button, Command } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { TextField } from "../ui/field";
import { me as live } from "./me";
import { useWords, type Words } from "./words";

const MAKE_KEY = "ssh-keygen -t ed25519";

/** Nothing without a port for SSH. */
export function SshButton() {
  const w = useWords();
  const present = useStore(session);
  const port = present.kind === "some" ? present.session.ssh : undefined;
  if (typeof port !== "number") return null;
  return (
    <Button tip={w.sshTip} onClick={() => openModal((close) => <Ssh port={port} close={close} />)}>
      SSH
    </Button>
  );
}

/** Each command with what it does. */
function commandsOf(
  me: Me,
  seat: string,
  port: number,
  address: string,
  w: Words,
): (readonly [about: string, command: string])[] {
  // A browser writes an IPv6 address in brackets, which only `-J` takes.
  const host = location.hostname;
  const person = `${seat}@${host.replace(/^\[(.*)\]$/, "$1")}`;
  const jump = `-J ${seat}@${host}:${port}`;
  const node = me.nodes[0] ?? "node1";
  if (me.exam) return [[w.sshShell(node), `ssh -t -p ${port} ${person} ${node}`]];
  return [
    [w.sshShell(node), `ssh ${jump} root@${node}`],
    [w.sshCopyTo(node), `scp ${jump} FILE root@${node}:/root/`],
    [w.sshForward(address), `ssh -N -p ${port} -L 8080:${address}:80 ${person}`],
    [w.sshTask, `ssh -p ${port} ${person} task`],
  ];
}

function Ssh({ port, close }: { port: number; close: () => void }) {
  const w = useWords();
  const me = useStore(live).value;
  // Those who share a cluster have seats, and keys, of their own.
  const present = useStore(session);
  const own = present.kind === "some" ? present.session.seat : undefined;
  const address = useStore(chosen)?.value?.addresses[0]?.address ?? "web";
  return (
    <Dialog title={w.sshTitle} close={close} wide>
      {me && (
        <>
          <p>{me.exam ? w.sshExam : w.sshAbout}</p>
          {commandsOf(me, own ?? me.seat, port, address, w).map(([about, command]) => (
            <div class="ssh-command" key={command}>
              <p class="small muted">{about}</p>
              <Command text={command} />
            </div>
          ))}
          <KeyForm instance={me.instance} />
        </>
      )}
    </Dialog>
  );
}

/** The last request, and how far it is. */
type Asked =
  | { readonly kind: "none" }
  | { readonly kind: "sent"; readonly operation?: string; readonly forgets: boolean }
  | { readonly kind: "refused"; readonly error: AppError };

function KeyForm({ instance }: { instance: string }) {
  const w = useWords();
  const [key, setKey] = useState("");
  const [asked, setAsked] = useState<Asked>({ kind: "none" });
  const operations = useStore(overview).value?.operations;
  const one = asked.kind === "sent" ? operations?.find(({ id }) => id === asked.operation) : undefined;
  const waits = asked.kind === "sent" && (one === undefined || one.standing === "running") ? w.sshGiving : undefined;
  // A private key must not leave the computer.
  const wrong = key.trim() === "" ? w.sshEmpty : key.includes("PRIVATE KEY") ? w.sshPrivate : undefined;
  const send = async (given: string | undefined) => {
    const forgets = given === undefined;
    setAsked({ kind: "sent", forgets });
    try {
      const operation = await change("class-key", forgets ? { instance } : { instance, key: given });
      setAsked({ kind: "sent", operation, forgets });
    } catch (cause) {
      setAsked({ kind: "refused", error: ApiError.of(cause).error });
    }
  };
  return (
    <section class="ssh-key" aria-labelledby="ssh-key">
      <h3 id="ssh-key">{w.sshKey}</h3>
      <p class="small muted">{w.sshKeyAbout}</p>
      <Command text={MAKE_KEY} />
      <TextField
        label={w.sshPublic}
        value={key}
        set={setKey}
        lines={3}
        placeholder="ssh-ed25519 AAAA…"
        about={wrong === w.sshPrivate ? wrong : undefined}
      />
      <div class="actions">
        <Button kind="primary" hindered={waits ?? wrong} onClick={() => void send(key.trim())}>
          {w.sshGive}
        </Button>
        <Button hindered={waits} onClick={() => void send(undefined)}>
          {w.sshForget}
        </Button>
      </div>
      <Answer asked={asked} standing={one?.standing} error={one?.ended?.error} />
    </section>
  );
}

interface AnswerProps {
  readonly asked: Asked;
  readonly standing: string | undefined;
  readonly error: AppError | undefined;
}

function Answer({ asked, standing, error }: AnswerProps) {
  const w = useWords();
  const failure = asked.kind === "refused" ? asked.error : error;
  if (failure) return <Failure error={failure} />;
  if (asked.kind !== "sent") return null;
  const text = {
    done: asked.forgets ? w.sshForgotten : w.sshGiven,
    running: w.sshGiving,
  }[standing ?? "running"];
  return <p role="status">{text ?? w.sshFailed}</p>;
}
