// What the nodes of a drawing say of their parts in stacks. The rows are in the cards, below the addresses.
import { useRef } from "preact/hooks";
import type { Lab, Role, Status } from "../api/types";
import { plain } from "../lib/plain-text";
import { CARD, fit } from "./layout";

/** The most characters of a row, and of its title if the text needs the rest. */
const ROW = 31;
const TITLE = 6;

export function rolesOf(node: string, status: Status | undefined): readonly Role[] {
  return status?.nodes.find((one) => one.node === node)?.roles ?? [];
}

/** One role in words, for a label. */
export const roleText = ({ title, text }: Role): string => `${title}: ${plain(text)}`;

/** The most roles that a node of this lab has told so far: a node that goes off does not move the drawing. */
export function useRoleRows(lab: Lab, status: Status | undefined): number {
  const seen = useRef({ lab, rows: 0 });
  if (seen.current.lab !== lab) seen.current = { lab, rows: 0 };
  const rows = lab.nodes.map(({ name }) => rolesOf(name, status).length);
  seen.current.rows = Math.max(seen.current.rows, ...rows);
  return seen.current.rows;
}

export function Roles({ roles, x, y }: { roles: readonly Role[]; x: number; y: number }) {
  return (
    <>
      {roles.map((role, row) => {
        // `mirror of the disk` is a mirror: the first word is enough beside the text.
        const word = role.title.split(" ", 1)[0] ?? "";
        const text = fit(plain(role.text), ROW - Math.min(word.length, TITLE));
        const title = fit(word, ROW - text.length);
        return (
          // An inner drawing cuts off what a wide font makes longer.
          <svg
            key={`${role.stack} ${role.title}`}
            x={x}
            y={y + row * CARD.row}
            width={CARD.width - 20}
            height={CARD.row}
          >
            <title>{roleText(role)}</title>
            <text class="t-role" y="12">
              <tspan class="t-muted">{title}</tspan>
              <tspan dx="6">{text}</tspan>
            </text>
          </svg>
        );
      })}
    </>
  );
}
