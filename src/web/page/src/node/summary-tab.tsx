// What a node is, and how it is.
import type { Lab, Status } from "../api/types";
import { plain } from "../lib/plain-text";
import { Checks } from "../ui/checks";
import { Failure } from "../ui/feedback";
import { Mark, nodeState, Tag } from "../ui/marks";
import { word } from "../words";
import { Roles } from "./roles";

export function SummaryTab({ node, status, lab }: { node: string; status: Status | undefined; lab: Lab | undefined }) {
  const known = status?.nodes.find((one) => one.node === node);
  const described = lab?.nodes.find((one) => one.name === node);
  const holds = (status?.addresses ?? []).filter((one) => one.holders?.includes(node));
  const checks = (status?.checks ?? []).filter((one) => one.node === node);
  const stacks = (lab?.stacks ?? []).filter((stack) => stack.on.includes(node));
  if (status && !known && lab && !described)
    return (
      <Failure
        error={{ kind: "not-found", message: word("there is no node `{0}` in {1}", node, status.instance) }}
      />
    );
  return (
    <div class="columns">
      <section class="box">
        <h2>{word("State")}</h2>
        <dl class="facts">
          <div>
            <dt>{word("Machine")}</dt>
            <dd>{known ? <Mark state={nodeState(known.state)} /> : "…"}</dd>
          </div>
          <div>
            <dt>{word("Set-up")}</dt>
            <dd>{known ? word(known.configured ? "finished" : "not finished") : "…"}</dd>
          </div>
          <div>
            <dt>{word("Holds")}</dt>
            <dd>
              {holds.length === 0
                ? word("no virtual address")
                : holds.map((one) => <Tag key={one.address} tone="busy">{`${one.address} ${one.ip}`}</Tag>)}
            </dd>
          </div>
          {known?.dropped && (
            <div>
              <dt>{word("Dropped frames")}</dt>
              <dd>
                {word("{0} forged, {1} above the limit", known.dropped.forged, known.dropped.flood)}
              </dd>
            </div>
          )}
        </dl>
        {known?.trouble && <p class="trouble">{plain(known.trouble)}</p>}
      </section>
      <section class="box">
        <h2>{word("Machine")}</h2>
        <dl class="facts">
          <div>
            <dt>{word("Image")}</dt>
            <dd>{described?.image}</dd>
          </div>
          <div>
            <dt>{word("Memory")}</dt>
            <dd>{described?.memory}</dd>
          </div>
          <div>
            <dt>{word("Processors")}</dt>
            <dd>{described?.cpus}</dd>
          </div>
          {(described?.disks ?? []).map((disk) => (
            <div key={disk.name}>
              <dt>{word("Disk {0}", disk.name)}</dt>
              <dd>
                {disk.size} <span class="muted mono">{disk.device}</span>
              </dd>
            </div>
          ))}
          <div>
            <dt>{word("Internet")}</dt>
            <dd>{word(described?.internet ? "reachable" : "not reachable")}</dd>
          </div>
        </dl>
      </section>
      {known?.roles && known.roles.length > 0 && <Roles roles={known.roles} />}
      <section class="box wide">
        <h2>{word("Interfaces")}</h2>
        <div class="table-frame">
          <table class="table">
            <thead>
              <tr>
                <th>{word("Device")}</th>
                <th>{word("Network")}</th>
                <th>{word("Address")}</th>
                <th class="wide-only">{word("Ethernet address")}</th>
              </tr>
            </thead>
            <tbody>
              {(described?.nics ?? []).map((nic) => (
                <tr key={nic.device}>
                  <td class="mono">{nic.device}</td>
                  <td>{nic.network}</td>
                  <td class="mono">
                    {nic.ip}/{nic.prefix}
                  </td>
                  <td class="mono muted wide-only">{nic.mac}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="box">
        <h2>{word("Checks")}</h2>
        <Checks checks={checks} none={word("None on this node")} />
      </section>
      <section class="box">
        <h2>{word("Stacks")}</h2>
        <dl class="facts">
          {stacks.map((stack) => (
            <div key={stack.name}>
              <dt>
                {stack.name} <span class="muted">{stack.uses}</span>
              </dt>
              <dd class="mono small">
                {Object.values(stack.services ?? {})
                  .map((service) => service.unit)
                  .join(" ")}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
