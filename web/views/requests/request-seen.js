// Which requests were opened or are older than the last visit: the others are marked as unread.
import { remember, remembered } from "../../lib/i18n.js";

const KEY = "scimbox.requests.read";
const opened = new Set();
// The first visit starts with everything read: nobody wants to open what came before.
let readUntil = remembered(KEY) ?? new Date().toISOString();
if (!remembered(KEY)) remember(KEY, readUntil);

export const seen = (request) => opened.has(request.request_id) || request.at <= readUntil;

export function open(request) {
  opened.add(request.request_id);
}

export function readAll() {
  readUntil = new Date().toISOString();
  remember(KEY, readUntil);
}
