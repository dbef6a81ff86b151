// The four regions: the header, the tree, the work area, and the history.
import { useEffect, useState } from "preact/hooks";
import { ApiError, get } from "../api/http";
import type { Session } from "../api/types";
import { lazy } from "../lib/lazy";
import { useStore } from "../lib/store";
import { useMedia } from "../lib/hooks";
import { followInstance, followOverview, overview } from "../state/live";
import { closeAllModals } from "../state/modal";
import { go, href, instanceOf, route } from "../state/route";
import { session } from "../state/session";
import { settings } from "../state/settings";
import { Modals } from "../ui/dialog";
import { Toaster } from "../ui/feedback";
import { Tooltip } from "../ui/tooltip";
import { Work } from "./work";
import { Header } from "./header";
import { History } from "./history";
import { Login } from "./login";
import { Tree } from "./tree";
import { useRegions } from "./regions";

async function askForSession(): Promise<void> {
  try {
    session.set({ kind: "some", session: await get<Session>("/session") });
  } catch (cause) {
    const error = ApiError.of(cause);
    if (error.status !== 401) session.set({ kind: "away", why: error.error.message });
  }
}

const StudentPage = lazy(async () => (await import("../student/student-page")).StudentPage);

export function App() {
  const present = useStore(session);
  useEffect(() => {
    if (present.kind === "unknown") void askForSession();
    if (present.kind !== "away") return;
    const timer = setTimeout(() => void askForSession(), 3000);
    return () => clearTimeout(timer);
  }, [present]);
  const { bench } = session;
  return (
    <>
      {bench !== undefined ? (
        <StudentPage key={bench} instance={bench} />
      ) : present.kind === "some" ? (
        <Page />
      ) : (
        <Login present={present} again={askForSession} />
      )}
      <Modals />
      <Toaster />
      <Tooltip />
    </>
  );
}

function Page() {
  const chosen = instanceOf(useStore(route));
  const { history } = useStore(settings);
  const narrow = useMedia("(max-width: 800px)");
  const [drawer, setDrawer] = useState(false);
  useEffect(followOverview, []);
  // A grant for one instance has nothing to choose.
  useEffect(() => {
    const only = session.present?.scope.match(/^\/instance\/(.+)$/)?.[1];
    if (only !== undefined && route.value.kind === "overview") go(href.instance(only));
  }, []);
  // An instance that is being made is not known at first: its stream begins again when it is there.
  const exists = useStore(overview).value?.instances.some((one) => one.instance === chosen) ?? false;
  useEffect(() => (chosen === undefined ? undefined : followInstance(chosen)), [chosen, exists]);
  // The drawer and the dialogs belong to the place where they were opened.
  useEffect(
    () =>
      route.watch(() => {
        setDrawer(false);
        closeAllModals();
      }),
    [],
  );
  useRegions();
  useEffect(() => {
    if (!drawer) return;
    const key = (event: KeyboardEvent) => event.key === "Escape" && setDrawer(false);
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [drawer]);
  return (
    <div class={`page ${history ? "" : "history-closed"} ${narrow ? "narrow" : ""} ${drawer ? "drawer-open" : ""}`}>
      <Header narrow={narrow} drawer={drawer} setDrawer={setDrawer} />
      <Tree hidden={narrow && !drawer} />
      {narrow && drawer && <div class="scrim" onClick={() => setDrawer(false)} />}
      <Work />
      <History />
    </div>
  );
}
