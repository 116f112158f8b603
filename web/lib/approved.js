// What the last sign-in approved: kept over reloads and deep links until somebody closes the notice.
import { signal } from "../vendor/preact-htm.js";

const KEY = "scimbox.approved";

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export const approved = signal(kept());

// { teams, memberships, job, until }, where `until` is when it can no longer be undone, or null when it was seen.
export function keepApproved(next) {
  approved.value = next;
  try {
    if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is blocked: the notice lasts until the page is closed.
  }
}
