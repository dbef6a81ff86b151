// What a node says of its parts in stacks.
import type { Role } from "../api/types";
import { plain } from "../lib/plain-text";
import { word } from "../words";

export function Roles({ roles }: { roles: readonly Role[] }) {
  return (
    <section class="box wide">
      <h2>{word("Roles")}</h2>
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              <th>{word("Stack")}</th>
              <th>{word("Part")}</th>
              <th class="grow">{word("Told by the node")}</th>
            </tr>
          </thead>
          <tbody>
            {roles.map(({ stack, title, text }) => (
              <tr key={`${stack} ${title}`}>
                <td>{stack}</td>
                <td>{title}</td>
                <td>{plain(text)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted small">{word("Told by the node: its own word, which can be wrong.")}</p>
    </section>
  );
}
