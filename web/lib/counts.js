// How much waits for an approval, for the badge in the navigation: asked again as pages change and after acts.
import { signal } from "../vendor/preact-htm.js";
import { get, session } from "./api.js";

const FRESH_MS = 10000;

export const approvals = signal(null);
let asked = 0;

// A badge that cannot be had is left away; the page of approvals says what is wrong.
export async function recount({ force = true } = {}) {
  if (!session.value || document.hidden || (!force && Date.now() - asked < FRESH_MS)) return;
  asked = Date.now();
  try {
    approvals.value = await get("/approvals");
  } catch {
    approvals.value = null;
  }
}
