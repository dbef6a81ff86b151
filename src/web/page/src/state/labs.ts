// The labs that have a name. They change rarely, and the server reads each of their files to list them.
import { useEffect } from "preact/hooks";
import { look } from "../api/http";
import type { BundledLab } from "../api/types";
import { Store, useStore } from "../lib/store";

const labs = new Store<readonly BundledLab[]>([]);
const FRESH_MS = 30_000;
let asked = 0;

async function ask(): Promise<void> {
  if (Date.now() - asked < FRESH_MS) return;
  asked = Date.now();
  try {
    labs.set(await look<BundledLab[]>("list-bundled", {}));
  } catch {
    // The next component that needs them asks again; the page itself says that the server is away.
    asked = 0;
  }
}

export function useLabs(): readonly BundledLab[] {
  useEffect(() => void ask(), []);
  return useStore(labs);
}
