// What a client of the lab gets: a page of a service, fetched on the server, and shown without its scripts.
import { useState } from "preact/hooks";
import { ApiError, look } from "../api/http";
import { command } from "../actions/command";
import { Button, Command } from "../ui/button";
import { Empty, Failure } from "../ui/feedback";
import { ChoiceField, TextField } from "../ui/field";
import type { TabProps } from "./instance-page";

interface Fetched {
  readonly address: string;
  readonly status: number;
  readonly body: string;
  readonly took: { readonly secs: number; readonly nanos: number };
}

type Answer = { readonly page: Fetched } | { readonly error: ApiError } | { readonly waiting: true } | undefined;

export function ClientTab({ instance, status }: TabProps) {
  const addresses = (status?.addresses ?? []).map((one) => [one.address, `${one.address} ${one.ip}`] as const);
  const nodes = (status?.nodes ?? []).map((one) => [one.node, one.node] as const);
  const all = [...addresses, ...nodes];
  const [chosen, setHost] = useState<string>();
  const [port, setPort] = useState("80");
  const [path, setPath] = useState("/");
  const [asText, setAsText] = useState(false);
  const [answer, setAnswer] = useState<Answer>();
  const host = chosen ?? all[0]?.[0] ?? "";
  const ip = status?.addresses.find((one) => one.address === host)?.ip ?? host;
  const wrong = /^\d{1,5}$/.test(port) ? (path.startsWith("/") ? undefined : "A path begins with /") : "A port is a number";
  const ask = async (event: Event) => {
    event.preventDefault();
    if (wrong || host === "") return;
    setAnswer({ waiting: true });
    try {
      setAnswer({ page: await look<Fetched>("fetch", { instance, target: `${host}:${port}`, path }) });
    } catch (cause) {
      setAnswer({ error: ApiError.of(cause) });
    }
  };
  return (
    <div class="stack client">
      <form class="toolbar" onSubmit={ask}>
        <ChoiceField label="Address" value={host} set={setHost} choices={all} />
        <TextField label="Port" value={port} set={setPort} />
        <TextField label="Path" value={path} set={setPath} />
        <Button kind="primary" submit hindered={wrong}>
          Fetch
        </Button>
      </form>
      <Command text={command("client", ["--lab", instance], "curl", `http://${ip}:${port}${path}`)} />
      {answer === undefined && (
        <Empty title="Nothing was fetched yet">
          <p>The server asks as a client of the lab. Scripts of the page do not run, and its pictures are not loaded.</p>
        </Empty>
      )}
      {answer && "waiting" in answer && <p class="loading">Waiting for the answer…</p>}
      {answer && "error" in answer && <Failure error={answer.error.error} />}
      {answer && "page" in answer && <Shown page={answer.page} asText={asText} setAsText={setAsText} />}
    </div>
  );
}

function Shown({ page, asText, setAsText }: { page: Fetched; asText: boolean; setAsText: (value: boolean) => void }) {
  const took = page.took.secs + page.took.nanos / 1e9;
  return (
    <section aria-label="The answer">
      <div class="toolbar">
        <strong>
          {page.status} from {page.address}
        </strong>
        <span class="muted">after {took.toFixed(2)} s</span>
        <span class="spring" />
        <Button small pressed={!asText} onClick={() => setAsText(false)}>
          Page
        </Button>
        <Button small pressed={asText} onClick={() => setAsText(true)}>
          Text
        </Button>
      </div>
      {asText ? (
        <pre class="output" tabIndex={0}>
          {page.body}
        </pre>
      ) : (
        // Without a single permission: no scripts, no forms, no origin.
        <iframe class="report" title="The page, without its scripts" sandbox="" srcdoc={page.body} />
      )}
    </section>
  );
}
