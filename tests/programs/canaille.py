"""What Canaille 0.3.6 does with its SCIM client: discovers the service, then looks for, makes, replaces and deletes.

Usage: canaille.py URL TOKEN. Needs scim2-client[httpx] 0.7.5 and scim2-models 0.6.12, which Canaille pins.
"""

import sys

from httpx import Client
from scim2_client.engines.httpx import SyncSCIMClient
from scim2_models import SearchRequest

url, token = sys.argv[1:]
scim = SyncSCIMClient(Client(base_url=url, headers={"Authorization": f"Bearer {token}"}))
scim.discover()
User = scim.get_resource_model("User")
Group = scim.get_resource_model("Group")


def find(model, external_id):
    answer = scim.query(model, query_parameters=SearchRequest(filter=f'externalId eq "{external_id}"'))
    return answer.resources[0] if answer.resources else None


def user(name):
    return User(
        user_name=f"{name}@acme.test",
        external_id=f"canaille-{name}",
        display_name=name.title(),
        name=User.Name(given_name=name.title(), family_name="Berg"),
        emails=[User.Emails(value=f"{name}@acme.test", primary=True)],
        active=True,
    )


assert find(User, "canaille-mia") is None
made = scim.create(user("mia"))
found = find(User, "canaille-mia")
assert found.id == made.id
again = user("mia")
again.id, again.display_name = found.id, "Mia B."
assert scim.replace(again).display_name == "Mia B."

member = Group.Members(value=found.id, type="User", display=found.display_name, ref=found.meta.location)
group = Group(display_name="Sales", external_id="canaille-sales", members=[member])
assert find(Group, "canaille-sales") is None
scim.create(group)
group.id = find(Group, "canaille-sales").id
group.members = None
scim.replace(group)
scim.delete(Group, group.id)
scim.delete(User, found.id)
print("done")
