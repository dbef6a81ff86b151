// What a node is, and how it is.
import type { Lab, Status } from "../api/types";
import { plain } from "../lib/plain-text";
import { Checks } from "../ui/checks";
import { Failure } from "../ui/feedback";
import { Mark, nodeState, Tag } from "../ui/marks";
import { Roles } from "./roles";

export function SummaryTab({ node, status, lab }: { node: string; status: Status | undefined; lab: Lab | undefined }) {
  const known = status?.nodes.find((one) => one.node === node);
  const described = lab?.nodes.find((one) => one.name === node);
  const holds = (status?.addresses ?? []).filter((one) => one.holders?.includes(node));
  const checks = (status?.checks ?? []).filter((one) => one.node === node);
  const stacks = (lab?.stacks ?? []).filter((stack) => stack.on.includes(node));
  if (status && !known && lab && !described)
    return <Failure error={{ kind: "not-found", message: `there is no node \`${node}\` in ${status.instance}` }} />;
  return (
    <div class="columns">
      <section class="box">
        <h2>State</h2>
        <dl class="facts">
          <div>
            <dt>Machine</dt>
            <dd>{known ? <Mark state={nodeState(known.state)} /> : "…"}</dd>
          </div>
          <div>
            <dt>Set-up</dt>
            <dd>{known ? (known.configured ? "finished" : "not finished") : "…"}</dd>
          </div>
          <div>
            <dt>Holds</dt>
            <dd>
              {holds.length === 0
                ? "no virtual address"
                : holds.map((one) => <Tag key={one.address} tone="busy">{`${one.address} ${one.ip}`}</Tag>)}
            </dd>
          </div>
          {known?.dropped && (
            <div>
              <dt>Dropped frames</dt>
              <dd>
                {known.dropped.forged} forged, {known.dropped.flood} above the limit
              </dd>
            </div>
          )}
        </dl>
        {known?.trouble && <p class="trouble">{plain(known.trouble)}</p>}
      </section>
      <section class="box">
        <h2>Machine</h2>
        <dl class="facts">
          <div>
            <dt>Image</dt>
            <dd>{described?.image}</dd>
          </div>
          <div>
            <dt>Memory</dt>
            <dd>{described?.memory}</dd>
          </div>
          <div>
            <dt>Processors</dt>
            <dd>{described?.cpus}</dd>
          </div>
          {(described?.disks ?? []).map((disk) => (
            <div key={disk.name}>
              <dt>Disk {disk.name}</dt>
              <dd>
                {disk.size} <span class="muted mono">{disk.device}</span>
              </dd>
            </div>
          ))}
          <div>
            <dt>Internet</dt>
            <dd>{described?.internet ? "reachable" : "not reachable"}</dd>
          </div>
        </dl>
      </section>
      {known?.roles && known.roles.length > 0 && <Roles roles={known.roles} />}
      <section class="box wide">
        <h2>Interfaces</h2>
        <div class="table-frame">
          <table class="table">
            <thead>
              <tr>
                <th>Device</th>
                <th>Network</th>
                <th>Address</th>
                <th class="wide-only">Ethernet address</th>
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
        <h2>Checks</h2>
        <Checks checks={checks} none="None on this node" />
      </section>
      <section class="box">
        <h2>Stacks</h2>
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
