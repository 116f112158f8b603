// What the role of the administrator who is signed in opens; what it does not is disabled, with the reason beside it.
import { session } from "./api.js";

const ROLES = { change: ["owner", "administrator"], secure: ["owner"] };

export const may = (right) => ROLES[right].includes(session.value?.admin.role);
