// The console's icons as inline drawings; each is decoration beside a word, so it is hidden from screen readers.
import { html } from "../vendor/preact-htm.js";

const DRAWINGS = {
  box: "M4 8.5 12 4l8 4.5v7L12 20l-8-4.5zM4 8.5l8 4.5 8-4.5M12 13v7",
  overview: "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
  nodes: "M12 4v5M6 15v-3h12v3M12 9v3M9 4h6M4 15h4v5H4zM16 15h4v5h-4zM10 15h4v5h-4zM12 12v3",
  users:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6" +
    "M16 4.4a3.5 3.5 0 0 1 0 6.4M18 14.6c2.1.8 3.5 2.8 3.5 5.4",
  teams:
    "M12 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6.5 20c0-3.3 2.4-5.5 5.5-5.5s5.5 2.2 5.5 5.5" +
    "M4.8 12.5a2.2 2.2 0 1 0 0-4.4M19.2 12.5a2.2 2.2 0 1 1 0-4.4M2 18c0-1.7.9-3 2.3-3.5M22 18c0-1.7-.9-3-2.3-3.5",
  plug: "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4",
  push: "M12 15.5V4M7 9l5-5 5 5M4.5 14v5.5h15V14",
  requests: "M4 7h12l-3-3M20 17H8l3 3M4 12h16",
  check: "M5 12.5l4.5 4.5L19 7.5",
  hourglass: "M7 4h10M7 20h10M8 4v3.5l4 4.5 4-4.5V4M8 20v-3.5l4-4.5 4 4.5V20",
  pause: "M9 6v12M15 6v12",
  draft: "M5 5h3M11 5h2M16 5h3v3M19 11v2M19 16v3h-3M13 19h-2M8 19H5v-3M5 13v-2M5 8V5",
  alert: "M12 8v5M12 16.5v.1M12 3.5 2.8 19.5h18.4z",
  envelope: "M4 6h16v12H4zM4 7l8 6 8-6",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  plus: "M12 5v14M5 12h14",
  right: "M9 5l7 7-7 7",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  approvals: "M4 5h16v14H4zM8 12l3 3 5.5-6",
  outbox: "M4 13v6h16v-6M4 13l3-8h10l3 8M4 13h5l1 2h4l1-2h5",
  audit: "M6 3.5h9l4 4V20.5H6zM14.5 3.5v4.5H19M9 12h7M9 16h7",
  admins: "M12 3.5l7 2.5v5.5c0 4.3-2.9 7.5-7 9-4.1-1.5-7-4.7-7-9V6zM9 12l2.2 2.2L15.2 10",
  code: "M8.5 7.5 4 12l4.5 4.5M15.5 7.5 20 12l-4.5 4.5",
  archive: "M4 5h16v4H4zM5.5 9v10.5h13V9M10 13h4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  sync: "M19.5 12a7.5 7.5 0 0 1-13.2 4.9M4.5 12a7.5 7.5 0 0 1 13.2-4.9M17.7 3.5v3.6h-3.6M6.3 20.5v-3.6h3.6",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4.5 4.5",
  key: "M14.5 13.5a4.5 4.5 0 1 0-4.2-2.9L4 17v3h3.5v-2.5H10V15l1.7-1.7a4.5 4.5 0 0 0 2.8.2zM16 8.5v.1",
};

export function Icon({ name, small = false }) {
  return html`
    <svg class=${small ? "icon small" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d=${DRAWINGS[name]} />
    </svg>
  `;
}
