// The name of a person, unless names are hidden: students see a projector, too.
import { settings } from "../state/settings";
import { plain } from "./plain-text";

export function person(name: string): string {
  return settings.value.names ? plain(name) : "(hidden)";
}
