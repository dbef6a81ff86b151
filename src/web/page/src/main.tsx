// The page of `lab serve`.
import "@xterm/xterm/css/xterm.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/shell.css";
import "./style/work.css";
import "./style/views.css";
import "./style/drill.css";
import { render } from "preact";
import { App } from "./shell/app";

const root = document.getElementById("page");
if (root) render(<App />, root);
