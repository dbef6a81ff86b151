// Lists the instances of a build without the page. No library, no build step.
"use strict";

const state = document.getElementById("state");
const table = document.querySelector("table");
const PAUSE_MS = 5000;

async function ask(name) {
  const headers = { "Content-Type": "application/json", "X-Halab": "1" };
  const answer = await fetch(`/api/v1/requests/${name}`, { method: "POST", headers, body: "{}" });
  if (answer.status === 401) throw new Error("There is no session: open the link that `lab serve` printed.");
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.message);
  return value.outcome;
}

function stateOf(row) {
  if (row.damage) return `damaged: ${row.damage}`;
  if (row.running === null) return "not known";
  const running = `${row.running} of ${row.nodes.length} nodes run`;
  if (!row.faults) return running;
  return `${running}, ${row.faults} ${row.faults === 1 ? "fault" : "faults"} in force`;
}

function rowOf(row) {
  const line = document.createElement("tr");
  for (const text of [row.instance, row.lab ?? "", stateOf(row), row.nodes.join(", ")]) {
    // Only text: names and errors come from files of others.
    line.insertCell().textContent = text;
  }
  return line;
}

async function show() {
  try {
    const rows = await ask("list");
    table.tBodies[0].replaceChildren(...rows.map(rowOf));
    table.hidden = rows.length === 0;
    state.textContent = rows.length === 0 ? "There is no instance. `lab up drbd-heartbeat` brings one up." : "";
  } catch (error) {
    table.hidden = true;
    state.textContent = error.message;
  }
  setTimeout(show, PAUSE_MS);
}

void show();
