import { ofMembers, type Gate } from "./gate.ts";

export const up: Gate = {
  name: "up",
  says: "the members' processes run and have said something",
  read: (view, { act }) =>
    ofMembers(act.members, (member) => {
      const known = view.members.get(member);
      return known?.running === true && (known.listening || known.health !== null) ? null : `${member} is silent`;
    }),
};
