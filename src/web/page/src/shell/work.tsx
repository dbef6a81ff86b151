// The work area: what is chosen in the tree.
import { useEffect, useRef } from "preact/hooks";
import { lazy } from "../lib/lazy";
import { useStore } from "../lib/store";
import { InstancePage } from "../instance/instance-page";
import { NodePage } from "../node/node-page";
import { LabPage } from "../overview/lab-page";
import { OverviewPage } from "../overview/overview";
import { route } from "../state/route";

const ClassPage = lazy(async () => (await import("../class/class-page")).ClassPage);

export function Work() {
  const at = useStore(route);
  const element = useRef<HTMLElement>(null);
  const place =
    at.kind === "instance"
      ? at.instance
      : at.kind === "node"
        ? `${at.instance} ${at.node}`
        : at.kind === "lab"
          ? at.lab
          : at.kind;
  useEffect(() => {
    document.title = place === "overview" ? "halab" : `${place} – halab`;
    if (element.current) element.current.scrollTop = 0;
  }, [place]);
  return (
    <main class="work" id="work" tabIndex={-1} ref={element}>
      {at.kind === "overview" && <OverviewPage />}
      {at.kind === "class" && <ClassPage />}
      {at.kind === "lab" && <LabPage key={at.lab} lab={at.lab} />}
      {at.kind === "instance" && <InstancePage key={at.instance} instance={at.instance} tab={at.tab} rest={at.rest} />}
      {at.kind === "node" && (
        <NodePage key={`${at.instance}/${at.node}`} instance={at.instance} node={at.node} tab={at.tab} />
      )}
    </main>
  );
}
