// How much waits for an approval, for the badge in the navigation: fetched as pages change and after changes.
import { signal } from "../vendor/preact-htm.js";
import { get, session } from "./api.js";

const FRESH_MS = 10000;

export const approvals = signal(null);
let asked = 0;

// Without a count there is no badge; the page of approvals shows the error.
export async function refreshCounts({ force = true } = {}) {
  if (!session.value || document.hidden || (!force && Date.now() - asked < FRESH_MS)) return;
  asked = Date.now();
  try {
    approvals.value = await get("/approvals");
  } catch {
    approvals.value = null;
  }
}
