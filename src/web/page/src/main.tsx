// The page of `lab serve`.
import "@xterm/xterm/css/xterm.css";
import "./style/page.css";
import { render } from "preact";
import { App } from "./shell/app";

const root = document.getElementById("page");
if (root) render(<App />, root);
