// The page of a student of a class: the task on the left, the cluster on the right.
import { useEffect } from "preact/hooks";
import { stopped } from "../actions/perform";
import type { Me } from "../api/class";
import { useMedia } from "../lib/hooks";
import { useStore } from "../lib/store";
import { addStyles } from "../lib/styles";
import { useRegions } from "../shell/regions";
import { chosen, followInstance, followOverview, overview } from "../state/live";
import { closeAllModals } from "../state/modal";
import { route } from "../state/route";
import { settings } from "../state/settings";
import prose from "../style/prose.css" with { type: "text" };
import header from "../style/student-header.css" with { type: "text" };
import parts from "../style/student-parts.css" with { type: "text" };
import layout from "../style/student.css" with { type: "text" };
import { Failure } from "../ui/feedback";
import { speak } from "../words";
import { id } from "../words/id";
import { atWork, stopOf } from "./at-work";
import { useDeadline, useMessages } from "./deadline";
import { StudentHeader } from "./header";
import { followMe, me as live } from "./me";
import { Before, PhaseBanner } from "./phase";
import { Split } from "./split";
import { Task } from "./task";
import { useText, useWords } from "./words";
import { Workspace } from "./workspace";

addStyles(layout, header, parts, prose);

export function StudentPage({ instance }: { instance: string }) {
  const { value: me, error } = useStore(live);
  const { language } = useStore(settings);
  const text = useText();
  const w = useWords();
  // The tabs that others have, too, ask for their words while they render.
  speak(language === "id" ? id : undefined);
  const title = me ? text(me.title) : "halab";
  useEffect(followOverview, []);
  useEffect(() => followMe(instance), [instance]);
  // A cluster that is made again has a new stream.
  const stands = me?.stands ?? false;
  useEffect(() => followInstance(instance), [instance, stands]);
  useEffect(() => route.watch(closeAllModals), []);
  useEffect(
    () => () => {
      stopped.set(undefined);
      speak(undefined);
    },
    [],
  );
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = title;
  }, [language, title]);
  useRegions(false);
  useDeadline();
  useMessages();
  return (
    <div class="student">
      <StudentHeader me={me} />
      {me && <PhaseBanner me={me} />}
      {error && <Failure error={error} />}
      {!me && !error && <p class="loading lazy">{w.loading}</p>}
      {me && (me.phase === "before" ? <Before me={me} /> : <Main me={me} />)}
    </div>
  );
}

function Main({ me }: { me: Me }) {
  const w = useWords();
  const status = useStore(chosen)?.value;
  const all = useStore(overview).value;
  const narrow = useMedia("(max-width: 900px)");
  const work = atWork(me, all, status, w);
  const stop = stopOf(me, w);
  // The tabs that others have, too, ask for it while they render.
  stopped.set(stop);
  const task = <Task me={me} work={work} stop={stop} />;
  const common = { me, status, work, stop };
  return (
    <main class="student-main">
      {narrow ? (
        <Workspace {...common} task={task} />
      ) : (
        <Split label={w.taskWidth}>{[task, <Workspace {...common} />]}</Split>
      )}
    </main>
  );
}
