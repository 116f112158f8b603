-- What GET of a user asks of PostgreSQL: in one way there and back.
\set id random(:low, :high)
\startpipeline
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT c.*, t.*, (SELECT access_changes FROM appliance)
  FROM token t JOIN connection c ON c.scim_id = t.scim_id WHERE c.node_id = :node;
SELECT u.* FROM "user" u WHERE u.user_id = :id;
SELECT t.team_key, t.team_id, t.name FROM membership m JOIN team t ON t.team_key = m.team_key
  WHERE m.user_id = :id ORDER BY m.team_key;
COMMIT;
\endpipeline
