-- What POST of a user asks of PostgreSQL: what is read and locked, the user, what is written of it.
\startpipeline
BEGIN;
SET LOCAL lock_timeout = 5000;
SELECT access_changes FROM appliance;
SELECT 1 FROM node WHERE node_id = :node FOR NO KEY UPDATE;
SELECT value FROM setting WHERE name = 'seats';
SELECT (enterprise << 32) + nextval('number') FROM appliance;
SELECT 1 FROM setting WHERE name = 'mail_host';
WITH held AS MATERIALIZED (SELECT serial, hash FROM audit_chain WHERE chain = :node FOR UPDATE)
  SELECT serial, hash, nextval('event_number') FROM held;
\endpipeline
\startpipeline
INSERT INTO "user" (user_id, node_id, scim_id, scope, user_name, user_name_folded, external_id, display_name,
    display_name_folded, state, lock, resource, version, created_at, modified_at, name_is_email)
  SELECT (a.enterprise << 32) + n, u.node_id, u.scim_id, u.scope, 'pgbench' || n, 'pgbench' || n, 'pgbench' || n,
    u.display_name, u.display_name_folded, 'invited', 'none', u.resource, 1, u.created_at, u.created_at, TRUE
  FROM "user" u, appliance a, currval('number') n WHERE u.user_id = :high ON CONFLICT DO NOTHING;
\endpipeline
\startpipeline
INSERT INTO event (event_id, at, event, actor, address, request_id, node_id, user_id, object, after, hash, chain, serial)
  SELECT currval('event_number'), e.at, e.event, e.actor, e.address, e.request_id, e.node_id, e.user_id, e.object,
    e.after, e.hash, e.chain, c.serial + 1
  FROM audit_chain c JOIN event e ON e.event_id = c.event_id WHERE c.chain = :node;
INSERT INTO audit_chain AS c (chain, event_id, serial, hash) SELECT chain, currval('event_number'), serial + 1, hash
  FROM audit_chain WHERE chain = :node
  ON CONFLICT (chain) DO UPDATE SET event_id = excluded.event_id, serial = excluded.serial, hash = excluded.hash;
INSERT INTO write_outcome AS o (writer, number, at) VALUES ('pgbench' || :client_id, 1, 0)
  ON CONFLICT (writer) DO UPDATE SET number = o.number + 1;
COMMIT;
\endpipeline
