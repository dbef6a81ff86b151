// The words of the student's page in English.

export const en = {
  // Anywhere
  close: "Close",
  cancel: "Cancel",
  reconnecting: "Connecting again…",
  loading: "Loading…",
  show: "Show",
  atWork: (what: string) => `${what} is at work on your cluster`,
  works: {
    "class begin": "The start of an exercise",
    "class submit": "A hand-in",
    grade: "A check",
    undo: "The way back to the start",
    save: "A save point",
    load: "A save point",
    "drill run": "A drill",
  } as Record<string, string>,

  // The header
  seat: (seat: string) => `Seat ${seat}`,
  language: "Language",
  colours: "Dark or light colours",
  largeText: "Large text",
  skip: "Skip to the task",
  left: "left",
  atDeadline: "Then what stands is handed in by itself.",
  minutesLeft: (count: number) => `${count} ${count === 1 ? "minute" : "minutes"} left.`,
  moreTime: (until: string) => `You have more time, until ${until}.`,
  raiseHand: "Raise hand",
  handIsUp: "Hand is up",
  handTip: "Asks the teacher for help. Press again to take it down.",
  handFailed: "Your hand could not be raised or taken down",
  messages: "Messages",
  newMessages: (count: number) => `${count} new`,
  noMessages: "No message yet.",
  fromTeacher: "From the teacher:",

  // Phases
  beforeTitle: "The class has not begun",
  beginsAt: (at: string) => `It begins at ${at}.`,
  lateTitle: "The time is over.",
  lateText: "What stood at the deadline was handed in. A later hand-in replaces it, and costs points.",
  frozenTitle: "The teacher has stopped the work for now.",
  frozenText: "Your cluster goes on as it is. You can read, but change nothing until the teacher lets you go on.",
  overTitle: "The class is over.",
  overText: "Nothing can be changed any more. Results appear in the list of exercises as soon as they are there.",
  notBegun: "The class has not begun",
  frozen: "The teacher has stopped the work for now",
  over: "The class is over",

  // Exercises
  exercises: "Exercises",
  levels: { easy: "easy", medium: "medium", hard: "hard" },
  planned: (minutes: number) => `${minutes} min`,
  open: "open",
  waitsFor: (titles: string) => `waits until this is handed in: ${titles}`,
  current: "in progress",
  leftOpen: "left without a hand-in",
  handedIn: (at: string) => `handed in, ${at}`,
  begin: "Begin",
  beginAgain: "Begin again",
  beginTitle: (title: string) => `Begin “${title}”?`,
  beginText: "Your cluster is put into the state of this exercise. That takes some minutes.",
  replaces: (title: string) => `The present cluster, with your work on “${title}”, is replaced.`,
  notHandedIn: (title: string) => `“${title}” was not handed in: this work is lost.`,
  notSince: "Only what you handed in is kept.",
  beginFailed: "The exercise could not be begun",
  preparing: "Your cluster is being prepared",
  steps: (done: number, total: number) => `${done} of ${total} steps`,
  noExercise: "No exercise goes on now. Choose one of the list.",
  reopened: (title: string, at: string) =>
    `The cluster is the one that you handed in for “${title}”, ${at}. Nothing can be handed in from it.`,
  noCluster: "Your cluster does not stand now.",

  // The task
  task: "Task",
  noCommands: "Where the task names a command lab …, use the buttons and tabs of this page in its place.",
  exam: "Exam",
  examText: "This is an exam: all that appears in your terminals is recorded. The teacher has your work graded.",
  files: "Only these files count: they are put into a fresh cluster",

  // Checks
  checks: "Checks",
  points: (points: number, of: number) => `${points} of ${of}`,
  pointsOnly: (of: number) => `${of} points`,
  states: { passed: "passed", failed: "failed", inconclusive: "inconclusive", open: "open" },
  partly: "passed in part",
  unknown: "not checked yet",
  waiting: "waits",
  checking: "is being checked",
  told: "as the nodes say themselves",
  percent: (figure: string) => `${figure}\u00a0%`,
  score: (points: number, of: number, hints: number, percent: string, pass: number) =>
    `${points} of ${of} points${hints > 0 ? `, less ${hints}\u00a0% for hints` : ""}: ` +
    `${percent}; ${pass}\u00a0% passes`,
  passes: "passed",
  passesNot: "not passed yet",
  checkAgain: "Some checks are neither passed nor failed: have your work checked again.",
  bestCounts: "The best check counts.",
  grade: "Check my work",
  grading: "A copy of your cluster is being checked; yours goes on as it is.",
  gradeFailed: "Your work could not be checked",
  stop: "Stop",

  // Questions
  questions: "Questions",
  answer: "Your answer",
  choose: "Choose…",
  writeDown: "Write down",
  writtenDown: "Written down:",
  answerFailed: "The answer could not be written down",

  // Hints
  hints: "Hints",
  costs: (percent: string) => `costs ${percent}\u00a0% of all points`,
  range: (from: number, to: number) => (from === to ? String(from) : `${from} to ${to}`),
  buyHint: (percent: string) => `Buy a hint (${percent}\u00a0%)`,
  buyTitle: "Buy a hint?",
  buyText: (percent: string) =>
    `The next hint costs ${percent}\u00a0% of all points, also if you go back to the start.`,
  buy: "Buy",
  hintFailed: "The hint could not be bought",
  noHint: "No further hint fits now. Nothing was charged.",
  noHints: "There is no further hint.",

  // Save points
  saves: "Save points",
  savesText: "A save point keeps memory and disks of all nodes. An exercise has at most 3.",
  saveName: "Name",
  saveRule: "Small letters, digits and hyphens",
  save: "Save",
  saved: (name: string) => `Saved: ${name}`,
  saveFailed: "The save point could not be made",
  mostSaves: "There are 3 already",
  load: "Go back to it",
  loadTitle: (name: string) => `Go back to “${name}”?`,
  loadText: "What was changed on the nodes since then is lost.",
  loaded: (name: string) => `The cluster is as it was saved: ${name}`,
  loadFailed: "The save point could not be loaded",
  undo: "Back to the start",
  undoTitle: "Go back to the start of the exercise?",
  undoText: "All that you changed on the nodes is lost. Save points and hand-ins are kept, and hints still cost.",
  undone: "The cluster is as it was at the start",
  undoFailed: "The start could not be restored",

  // Handing in
  handIn: "Hand in",
  handInAgain: "Hand in again",
  handInTitle: (title: string) => `Hand in “${title}”?`,
  handInText: "The present state of your cluster is handed in. It goes on afterwards. The last hand-in counts.",
  handInLate: "The time is over: this hand-in costs points, and replaces the one of the deadline.",
  handingIn: "Your work is being handed in",
  handInFailed: "Your work was NOT handed in",
  handedInAt: (at: string) => `Handed in at ${at}`,
  receipt: "Receipt",
  receiptText: "Copy it: it proves what you handed in, and when.",
  copyReceipt: "Copy the receipt",

  // The workspace
  workspace: "Workspace",
  taskWidth: "Width of the task",
  tabs: {
    task: "Task",
    terminals: "Terminals",
    topology: "Topology",
    drills: "Drills",
    faults: "Faults",
    records: "Records",
  },
  kind: "Kind",
  kinds: { shell: "Shell", console: "Console", logs: "Logs" },
  openOn: "Open on",
  allNodes: "All nodes",
  noTerminal: "No terminal is open",
  noTerminalText:
    "A shell runs commands on a node. A console shows what the machine itself prints, also while it boots. Logs are " +
    "those of the cluster.",
  mostTerminals: (most: number) => `At most ${most} terminals`,
};

/** A table has all words, each in the form of the English one. */
export type Words = typeof en;
