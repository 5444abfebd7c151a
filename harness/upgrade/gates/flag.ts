import { ofMembers, type Gate } from "./gate.ts";
import { missingHealth } from "./running.ts";

export const flag: Gate = {
  name: "flag",
  says: "every member runs the version and shows the flag as active",
  read: (view, { act }) =>
    ofMembers(act.members, (member) => {
      if (act.kind !== "activate") return null;
      const missing = missingHealth(view, member, act.version);
      if (missing !== null) return missing;
      const isActive = view.members.get(member)?.health?.activeFlags.has(act.flag) === true;
      return isActive ? null : `${member} does not show ${act.flag} active`;
    }),
};
