// A component that is loaded when it is first shown, so that others need not wait for it.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../ui/button";
import { Empty } from "../ui/feedback";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let found: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [state, set] = useState<"loading" | "here" | "failed">(found ? "here" : "loading");
    useEffect(() => {
      if (found) return;
      load().then(
        (component) => {
          found = component;
          set("here");
        },
        () => set("failed"),
      );
    }, []);
    const Found = found;
    if (state === "here" && Found) return <Found {...props} />;
    if (state === "loading") return <p class="loading lazy">Loading…</p>;
    // After an update of the server, the old names of its files are gone.
    return (
      <Empty title="This part of the page could not be loaded">
        <Button onClick={() => location.reload()}>Load the page again</Button>
      </Empty>
    );
  };
}
