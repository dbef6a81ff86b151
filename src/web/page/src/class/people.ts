// Names of students in sentences and tables; hidden, only seats are shown.
import type { SeatRow } from "../api/class";
import { plain } from "../lib/plain-text";
import { settings } from "../state/settings";

/** `Ani, Budi`; the seats if names are hidden. */
export function namesOf({ students }: SeatRow): string {
  return students.map((one) => (settings.value.names ? plain(one.name) : one.seat)).join(", ");
}

/** `s01 (Ani, Budi)` */
export function benchOf(row: SeatRow): string {
  return settings.value.names ? `${row.seat} (${namesOf(row)})` : row.seat;
}

/** The seats of those who share the cluster with the first one: `s02, s03`. */
export function othersOf({ seat, students }: SeatRow): string {
  const others = students.map((one) => one.seat).filter((one) => one !== seat);
  return others.join(", ");
}
